using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Nnpfs.Cli.Output;

/// <summary>Messages as JSON: the field names of admin.proto, every field present, so that a script needs no special case.</summary>
/// <remarks>
/// Numbers are numbers, but for node ids, whose 64 bits no JSON reader keeps: hex, as everywhere. Enum values are lower case without
/// their prefix. Bytes are names: UTF-8 text, and where they are none, FIELD_base64 stands beside the text with its replacements.
/// </remarks>
internal static class ProtoJson
{
    private static readonly JsonWriterOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(IMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, _options))
            Write(writer, message);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, IMessage message)
    {
        writer.WriteStartObject();
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
            Write(writer, field, field.Accessor.GetValue(message));
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FieldDescriptor field, object? value)
    {
        writer.WritePropertyName(field.Name);
        if (field.IsRepeated)
        {
            writer.WriteStartArray();
            foreach (object? item in (IEnumerable)value!)
                WriteValue(writer, field, item);
            writer.WriteEndArray();
            return;
        }
        WriteValue(writer, field, value);
        if (value is ByteString bytes && !IsText(bytes))
            writer.WriteBase64String(field.Name + "_base64", bytes.Span);
    }

    private static void WriteValue(Utf8JsonWriter writer, FieldDescriptor field, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNullValue(); break;
            case IMessage message: Write(writer, message); break;
            case bool flag: writer.WriteBooleanValue(flag); break;
            case string text: writer.WriteStringValue(text); break;
            case ByteString bytes: writer.WriteStringValue(bytes.ToStringUtf8()); break;
            case ulong node when field.Name == "node": writer.WriteStringValue(node.ToString("x", CultureInfo.InvariantCulture)); break;
            case ulong number: writer.WriteNumberValue(number); break;
            case long number: writer.WriteNumberValue(number); break;
            case uint number: writer.WriteNumberValue(number); break;
            case int number: writer.WriteNumberValue(number); break;
            case double number: writer.WriteNumberValue(number); break;
            default: writer.WriteStringValue(EnumName(field, Convert.ToInt32(value, CultureInfo.InvariantCulture))); break;
        }
    }

    private static string EnumName(FieldDescriptor field, int number)
    {
        string name = field.EnumType.FindValueByNumber(number)?.Name ?? number.ToString(CultureInfo.InvariantCulture);
        string prefix = field.EnumType.Name + "_";
        return (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) ? name[prefix.Length..] : name).ToLowerInvariant();
    }

    private static bool IsText(ByteString bytes) => System.Text.Unicode.Utf8.IsValid(bytes.Span);
}
