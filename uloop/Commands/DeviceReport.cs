using System.Text.Json.Serialization;
using Nnpfs.Uloop.Devices;

namespace Nnpfs.Uloop.Commands;

/// <summary>What status tells of one device: docs/uloop.md has the fields.</summary>
internal sealed record DeviceReport
{
    public required string Device { get; init; }

    public required string Origin { get; init; }

    public required string Cache { get; init; }

    public required string Bitmap { get; init; }

    /// <summary>process, cache, or waits: the process was killed, and reads wait for the next one.</summary>
    public required string Way { get; init; }

    /// <summary>Of the process; null: there is none.</summary>
    public int? Process { get; init; }

    /// <summary>If the process is killed, reads wait for the next one.</summary>
    public bool SurvivesKill { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FillReport? Filling { get; init; }

    public IReadOnlyList<string> Users { get; init; } = [];

    /// <summary>As much as can be told from outside of the process.</summary>
    public static DeviceReport Of(DeviceState state)
    {
        bool lives = state.Server.IsAlive();
        return new()
        {
            Device = state.Device,
            Origin = state.Origin,
            Cache = state.Cache,
            Bitmap = state.Bitmap,
            Way = state.Way() == DeviceWay.Cache ? "cache" : lives ? "process" : "waits",
            Process = lives ? state.Server.Pid : null,
            SurvivesKill = state.Way() == DeviceWay.Cache || (state.Holder?.IsAlive() ?? false),
            Users = DeviceUsers.Of(state.Number),
        };
    }
}

/// <summary>What only the process of a device knows.</summary>
internal sealed record FillReport
{
    /// <summary>Bytes of the data.</summary>
    public required long Size { get; init; }

    public required int PageSize { get; init; }

    public required long Pages { get; init; }

    public required long Missing { get; init; }

    /// <summary>Bytes that came from the origin since the process began.</summary>
    public required long Fetched { get; init; }

    public required long Requests { get; init; }

    /// <summary>The origin has another state than the cache.</summary>
    public required bool OriginChanged { get; init; }
}
