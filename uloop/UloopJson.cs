using System.Text.Json;
using System.Text.Json.Serialization;

namespace Nnpfs.Uloop;

/// <summary>Everything that uloop writes as JSON; made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(Filling.Companion))]
[JsonSerializable(typeof(Devices.DeviceState))]
[JsonSerializable(typeof(Control.ControlRequest))]
[JsonSerializable(typeof(Control.ControlReply))]
[JsonSerializable(typeof(Commands.DeviceReport[]))]
internal sealed partial class UloopJson : JsonSerializerContext;
