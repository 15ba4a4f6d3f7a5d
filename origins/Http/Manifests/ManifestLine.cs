using System.Globalization;
using System.Text;
using System.Text.Json;
using Nnpfs.Origins.Http.Listings;

namespace Nnpfs.Origins.Http.Manifests;

/// <summary>One line of a manifest: { "path", "size", "mtime", "digest" }.</summary>
/// <param name="Path">of a file, or, where it was written with a "/" at its end, of a directory</param>
/// <param name="Size">bytes</param>
/// <param name="MtimeNs">nanoseconds since the epoch; 0 where not given</param>
/// <param name="Digest">as written, "sha256:HEX"; empty where not given</param>
internal sealed record ManifestLine(OriginPath Path, bool IsDirectory, long Size, long MtimeNs, string Digest)
{
    private const string Sha256 = "sha256:";

    /// <summary>A digest of the one kind that can be checked; null = another kind, which is a name only.</summary>
    public static byte[]? Sha256Of(string? digest) =>
        digest is { Length: 71 } && digest.StartsWith(Sha256, StringComparison.OrdinalIgnoreCase)
            ? Convert.FromHexString(digest.AsSpan(Sha256.Length)) : null;

    /// <returns>null, or what is wrong with the line</returns>
    public static string? TryParse(ReadOnlySpan<byte> text, out ManifestLine? line)
    {
        line = null;
        try
        {
            var reader = new Utf8JsonReader(text);
            return Read(ref reader, out line);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "not one JSON object";
        }
    }

    private static string? Read(ref Utf8JsonReader reader, out ManifestLine? line)
    {
        line = null;
        byte[]? path = null;
        long size = -1, mtime = 0;
        string digest = "";
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return "not one JSON object";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = Encoding.Latin1.GetString(reader.ValueSpan);
            reader.Read();
            switch (key)
            {
                case "path" when reader.TokenType == JsonTokenType.String:
                    path = JsonText.Bytes(ref reader);
                    break;
                case "size" when reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out size) && size >= 0:
                    break;
                case "mtime" when TryTime(ref reader, out mtime):
                    break;
                case "digest" when reader.TokenType == JsonTokenType.String && TryDigest(reader.ValueSpan, out digest):
                    break;
                case "path" or "size" or "mtime" or "digest":
                    return $"{key} has no valid value";
                default:
                    reader.Skip();
                    break;
            }
        }
        return Make(path, size, mtime, digest, out line);
    }

    private static string? Make(byte[]? path, long size, long mtime, string digest, out ManifestLine? line)
    {
        line = null;
        ReadOnlySpan<byte> text = path;
        while (text.StartsWith("./"u8))
            text = text[2..];
        bool isDirectory = text is [.., (byte)'/'];
        if (!OriginPath.TryParse(text, out OriginPath parsed) || parsed.IsRoot)
            return "no valid path";
        if (size < 0 && !isDirectory)
            return "no size";
        line = new(parsed, isDirectory, Math.Max(size, 0), mtime, digest);
        return null;
    }

    /// <summary>Seconds since the epoch, with a fraction or without, or a date as RFC 3339 writes it.</summary>
    private static bool TryTime(ref Utf8JsonReader reader, out long ns)
    {
        ns = 0;
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDecimal(out decimal seconds) && Math.Abs(seconds) < 9_000_000_000m)
            ns = (long)(seconds * 1_000_000_000m);
        else if (reader.TokenType == JsonTokenType.String && DateTimeOffset.TryParse(
            Encoding.Latin1.GetString(reader.ValueSpan), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            && date.Year is > 1700 and < 2250)
            ns = (date.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * 100;
        else
            return false;
        return true;
    }

    private static bool TryDigest(ReadOnlySpan<byte> text, out string digest)
    {
        digest = Encoding.Latin1.GetString(text);
        int colon = digest.IndexOf(':');
        return colon is > 0 and < 32 && digest.Length - colon is > 16 and <= 160
            && digest[..colon].All(char.IsAsciiLetterOrDigit) && digest[(colon + 1)..].All(char.IsAsciiHexDigit);
    }
}
