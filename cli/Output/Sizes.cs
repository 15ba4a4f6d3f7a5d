using System.Globalization;

namespace Nnpfs.Cli.Output;

/// <summary>Bytes for people, in binary units, and back.</summary>
internal static class Sizes
{
    private static readonly string[] _units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>Three figures at most before the unit: "0 B", "1.5 KiB", "10 MiB", "999 GiB".</summary>
    public static string Of(double bytes)
    {
        int unit = 0;
        while (bytes >= 999.5 && unit < _units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }
        string format = unit == 0 || bytes >= 9.95 ? "0" : "0.0";
        return $"{bytes.ToString(format, CultureInfo.InvariantCulture)} {_units[unit]}";
    }

    /// <summary>Reads "4096", "10G", "10GiB", "1.5T"; units are binary, their case does not matter.</summary>
    public static bool TryParse(string text, out ulong bytes)
    {
        bytes = 0;
        string number = text.TrimEnd([.. "iIbB"]);
        int unit = number.Length == 0 ? -1 : "KMGTPE".IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal);
        if (unit >= 0)
            number = number[..^1];
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            return false;
        value *= Math.Pow(1024, unit + 1);
        if (value >= ulong.MaxValue)
            return false;
        bytes = (ulong)value;
        return true;
    }
}
