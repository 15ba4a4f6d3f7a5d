using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nnpfs.Origins.Http.Listings;

/// <summary>nginx's autoindex_format json: an array of { name, type, mtime, size }.</summary>
internal static class JsonListing
{
    /// <returns>false where this is no such array</returns>
    public static bool TryParse(ReadOnlySpan<byte> body, ListingSink sink)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 8 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject && !sink.IsFull)
            {
                if (ReadEntry(ref reader) is { } entry)
                    sink.Add(entry);
            }
            return sink.IsFull || reader.TokenType == JsonTokenType.EndArray;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <returns>null for what is neither a file nor a directory, or has no name</returns>
    private static ListedEntry? ReadEntry(ref Utf8JsonReader reader)
    {
        byte[]? name = null;
        bool isDirectory = false, isFile = false;
        long? size = null, mtime = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            byte[] key = JsonText.Bytes(ref reader);
            reader.Read();
            if (key.AsSpan().SequenceEqual("name"u8) && reader.TokenType == JsonTokenType.String)
                name = JsonText.Bytes(ref reader);
            else if (key.AsSpan().SequenceEqual("type"u8) && reader.TokenType == JsonTokenType.String)
                (isDirectory, isFile) = (reader.ValueSpan.SequenceEqual("directory"u8), reader.ValueSpan.SequenceEqual("file"u8));
            else if (key.AsSpan().SequenceEqual("mtime"u8) && reader.TokenType == JsonTokenType.String)
                mtime = HttpDateNs(reader.ValueSpan);
            else if (key.AsSpan().SequenceEqual("size"u8) && reader.TokenType == JsonTokenType.Number)
                size = reader.TryGetInt64(out long bytes) && bytes >= 0 ? bytes : null;
            else
                reader.Skip();
        }
        return name is not null && (isDirectory || isFile) ? new(name, isDirectory, size, mtime) : null;
    }

    private static long? HttpDateNs(ReadOnlySpan<byte> text) =>
        DateTimeOffset.TryParseExact(
            Encoding.Latin1.GetString(text), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            && date.ToUnixTimeSeconds() is > -9_000_000_000 and < 9_000_000_000 and var seconds
            ? seconds * 1_000_000_000
            : null;
}
