using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

/// <summary>A recorded run on disk: a line of JSON for each piece, as --json prints them.</summary>
internal static class RunFile
{
    public static void Write(Stream file, IEnumerable<RecordedRange> ranges)
    {
        using var text = new StreamWriter(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        foreach (RecordedRange range in ranges)
            text.WriteLine(ProtoJson.Of(range));
    }

    /// <summary>Throws <see cref="UsageException"/> with the line that is wrong.</summary>
    public static IReadOnlyList<RecordedRange> Read(string path)
    {
        string[] lines = Lines(path);
        return [.. lines.Select((line, i) => Parse(line) ?? throw new UsageException($"{path}:{i + 1}: not a line of a recorded run"))];
    }

    private static RecordedRange? Parse(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            return new RecordedRange
            {
                Volume = root.GetProperty("volume").GetString()!,
                Path = root.TryGetProperty("path_base64", out JsonElement bytes)
                    ? ByteString.CopyFrom(bytes.GetBytesFromBase64())
                    : ByteString.CopyFromUtf8(root.GetProperty("path").GetString()!),
                Offset = root.GetProperty("offset").GetUInt64(),
                Length = root.GetProperty("length").GetUInt64(),
            };
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentNullException)
        {
            return null; // the caller says which line
        }
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {failure.Message}");
        }
    }
}
