using System.Buffers;
using System.Globalization;
using System.Text;

namespace Nnpfs.Origins.Http;

/// <summary>Names are bytes, URLs are ASCII: percent-encoding between them, both ways and without loss.</summary>
/// <remarks>SOURCE: RFC 3986, section 2.</remarks>
internal static class UrlPath
{
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"u8);

    /// <summary>Everything but the unreserved characters and "/" becomes %XX, so that no server can read a name as something else.</summary>
    public static string Encode(ReadOnlySpan<byte> path)
    {
        var text = new StringBuilder(path.Length + 16);
        foreach (byte value in path)
        {
            if (Plain.Contains(value))
                text.Append((char)value);
            else
                text.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }
        return text.ToString();
    }

    /// <summary>Each %XX becomes its byte; a "%" that starts no such triple stands for itself.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> encoded)
    {
        var bytes = new byte[encoded.Length];
        int length = 0;
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length && Hex(encoded[i + 1]) is >= 0 and var high && Hex(encoded[i + 2]) is >= 0 and var low)
            {
                bytes[length++] = (byte)((high << 4) | low);
                i += 2;
            }
            else
            {
                bytes[length++] = encoded[i];
            }
        }
        return bytes[..length];
    }

    /// <summary>The decoded bytes of a URL's path.</summary>
    public static byte[] Decode(Uri url) => Decode(Encoding.UTF8.GetBytes(url.AbsolutePath));

    private static int Hex(byte digit) => char.IsAsciiHexDigit((char)digit) ? Convert.ToInt32(((char)digit).ToString(), 16) : -1;
}
