using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Nnpfs.Daemon.Configuration;

/// <summary>How the text of a value is read.</summary>
/// <param name="Expected">what a person should write, for the error message: "a size such as ..."</param>
/// <param name="Parse">null when the text is not such a value</param>
internal sealed record ValueKind<T>(string Expected, Func<string, ValueKind<T>.Parsed> Parse)
{
    /// <summary>A value, or none.</summary>
    internal readonly record struct Parsed(bool Ok, T Value)
    {
        public static implicit operator Parsed(T value) => new(true, value);
    }
}

/// <summary>The kinds of values that the configuration knows.</summary>
internal static class ValueKinds
{
    public static readonly ValueKind<string> Text = new("a text", text => text);

    public static readonly ValueKind<string> AbsolutePath =
        new("an absolute path", text => text.StartsWith('/') ? text : default(ValueKind<string>.Parsed));

    public static readonly ValueKind<string> OptionalPath =
        new("an absolute path, or nothing", text => text.Length == 0 || text.StartsWith('/') ? text : default(ValueKind<string>.Parsed));

    public static readonly ValueKind<bool> Switch = new("yes or no", text => text switch
    {
        "yes" or "true" or "on" or "1" => true,
        "no" or "false" or "off" or "0" => false,
        _ => default(ValueKind<bool>.Parsed),
    });

    public static readonly ValueKind<long> Size =
        new("a size in bytes, such as 512K, 64M, 10G or 1T", text => TrySize(text, out long size) ? size : default(ValueKind<long>.Parsed));

    public static readonly ValueKind<TimeSpan> Duration = new(
        "a time, such as 200ms, 30s, 5m, 2h or 7d", text => TryDuration(text, out TimeSpan time) ? time : default(ValueKind<TimeSpan>.Parsed));

    public static readonly ValueKind<double> Share = new(
        "a share, such as 90% or 0.5%", text => TryShare(text, out double share) ? share : default(ValueKind<double>.Parsed));

    public static readonly ValueKind<IReadOnlyList<string>> Words = new(
        "words with spaces or commas between them", text => new(true, text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries)));

    public static readonly ValueKind<uint> Mode = new("permissions in octal, such as 0660", text =>
    {
        uint mode = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '7' || (mode = (mode << 3) | (uint)(digit - '0')) > 0x1FF)
                return default;
        }
        return text.Length == 0 ? default(ValueKind<uint>.Parsed) : mode;
    });

    public static ValueKind<int> Number(int min, int max) => new(
        string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}"),
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= min && number <= max
            ? number
            : default(ValueKind<int>.Parsed));

    public static ValueKind<long> SizeWhere(string expected, Func<long, bool> isGood) =>
        new(expected, text => TrySize(text, out long size) && isGood(size) ? size : default(ValueKind<long>.Parsed));

    public static ValueKind<string> OneOf(params string[] words) =>
        new("one of " + string.Join(", ", words), text => words.Contains(text) ? text : default(ValueKind<string>.Parsed));

    private static bool TrySize(string text, out long size)
    {
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => 0 };
        string digits = shift == 0 ? text : text[..^1].TrimEnd();
        bool ok = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size <= long.MaxValue >> shift;
        size <<= shift;
        return ok;
    }

    [SuppressMessage("Style", "IDE0072", Justification = "A length of one is the only other case.")]
    private static bool TryDuration(string text, out TimeSpan time)
    {
        string digits = text.TrimEnd('m', 's', 'h', 'd');
        double scale = text[digits.Length..] switch { "ms" => 1, "s" => 1e3, "m" => 60e3, "h" => 3600e3, "d" => 86400e3, "" when digits == "0" => 1, _ => -1 };
        bool ok = double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double count)
            && scale > 0 && count * scale <= TimeSpan.FromDays(36500).TotalMilliseconds;
        time = ok ? TimeSpan.FromMilliseconds(count * scale) : default;
        return ok;
    }

    private static bool TryShare(string text, out double share)
    {
        share = 0;
        bool ok = text.EndsWith('%')
            && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out share) && share <= 100;
        share /= 100;
        return ok;
    }
}
