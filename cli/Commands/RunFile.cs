using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Nnpfs.Cli.Output;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Commands;

/// <summary>A recorded run on disk: a line of JSON for each piece, as --json prints them.</summary>
internal static class RunFile
{
    /// <summary>Throws <see cref="UsageException"/> where nothing can be written.</summary>
    public static void CheckWritable(string path) => Try(path, "written", () => File.OpenWrite(path).Dispose());

    public static void Write(string path, IEnumerable<RecordedRange> ranges) => Try(path, "written", () =>
        File.WriteAllLines(path, ranges.Select(range => ProtoJson.Of(range)), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)));

    /// <summary>Throws <see cref="UsageException"/> with the line that is wrong.</summary>
    public static IReadOnlyList<RecordedRange> Read(string path)
    {
        string[] lines = [];
        Try(path, "read", () => lines = File.ReadAllLines(path));
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

    private static void Try(string path, string done, Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be {done}: {failure.Message}");
        }
    }
}
