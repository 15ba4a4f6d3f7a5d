using System.Globalization;
using System.Text;

namespace Nnpfs.Proto.Grpc;

/// <summary>The text forms of gRPC's headers: the percent-encoded status message, and the timeout.</summary>
/// <remarks>SOURCE: gRPC's doc/PROTOCOL-HTTP2.md, "Status-Message" and "Timeout".</remarks>
public static class GrpcText
{
    private const int MaxTimeoutDigits = 8;

    /// <summary>Every byte outside printable ASCII, and "%", becomes %XX.</summary>
    public static string Encode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (byte value in Encoding.UTF8.GetBytes(message))
        {
            if (value is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }
        return encoded.ToString();
    }

    /// <summary>Undoes <see cref="Encode"/>. What is no valid escape stays as it stands: a message is never lost to bad encoding.</summary>
    public static string Decode(string encoded)
    {
        var bytes = new List<byte>(encoded.Length);
        for (int i = 0; i < encoded.Length; i++)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length
                && byte.TryParse(encoded.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(encoded, i, 1));
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    /// <summary>The header grpc-timeout for a time from now.</summary>
    public static string EncodeTimeout(TimeSpan timeout)
    {
        long milliseconds = Math.Max((long)Math.Ceiling(timeout.TotalMilliseconds), 0);
        return milliseconds < 100_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds}m")
            : string.Create(CultureInfo.InvariantCulture, $"{Math.Min(milliseconds / 1000, 99_999_999)}S");
    }

    /// <summary>Reads grpc-timeout: one to eight digits and a unit (H, M, S, m, u, n).</summary>
    public static bool TryDecodeTimeout(string header, out TimeSpan timeout)
    {
        timeout = default;
        if (header.Length is < 2 or > MaxTimeoutDigits + 1
            || !uint.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out uint value))
            return false;
        long ticks = header[^1] switch
        {
            'H' => TimeSpan.TicksPerHour,
            'M' => TimeSpan.TicksPerMinute,
            'S' => TimeSpan.TicksPerSecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'u' => TimeSpan.TicksPerMicrosecond,
            'n' => 1,
            _ => 0,
        };
        if (ticks == 0)
            return false;
        timeout = header[^1] == 'n' ? TimeSpan.FromTicks(value / TimeSpan.NanosecondsPerTick) : TimeSpan.FromTicks(value * ticks);
        return true;
    }
}
