using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Nnpfs.Origins.Http.Listings;

/// <summary>
/// Strings of JSON as bytes. Servers write names as they are on disk, which need not be UTF-8: System.Text.Json would refuse
/// those.
/// </summary>
internal static class JsonText
{
    /// <summary>The bytes of the string that the reader stands on.</summary>
    public static byte[] Bytes(ref Utf8JsonReader reader)
    {
        ReadOnlySpan<byte> raw = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
            return raw.ToArray();
        var bytes = new List<byte>(raw.Length);
        while (!raw.IsEmpty)
        {
            if (raw[0] != '\\' || raw.Length < 2)
            {
                bytes.Add(raw[0]);
                raw = raw[1..];
                continue;
            }
            int used = raw[1] == 'u' ? Unicode(raw, bytes) : Simple(raw[1], bytes);
            raw = raw[Math.Min(used, raw.Length)..];
        }
        return [.. bytes];
    }

    private static int Simple(byte letter, List<byte> bytes)
    {
        bytes.Add(letter switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'t' => (byte)'\t',
            (byte)'r' => (byte)'\r',
            (byte)'b' => (byte)'\b',
            (byte)'f' => (byte)'\f',
            _ => letter,
        });
        return 2;
    }

    private static int Unicode(ReadOnlySpan<byte> raw, List<byte> bytes)
    {
        char high = Unit(raw);
        bool pair = char.IsHighSurrogate(high) && raw.Length >= 12 && raw[6] == '\\' && raw[7] == 'u' && char.IsLowSurrogate(Unit(raw[6..]));
        string text = pair ? new string([high, Unit(raw[6..])]) : high.ToString();
        bytes.AddRange(Encoding.UTF8.GetBytes(text));
        return pair ? 12 : 6;
    }

    private static char Unit(ReadOnlySpan<byte> raw) =>
        raw.Length >= 6 && Utf8Parser.TryParse(raw[2..6], out ushort unit, out int used, 'x') && used == 4 ? (char)unit : '\uFFFD';
}
