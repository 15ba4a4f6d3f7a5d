using System.Globalization;
using System.Net.Http.Headers;

namespace Nnpfs.Origins.Http;

/// <summary>One state of a file on a web server, in the form in which it is kept as an <see cref="OriginValidator"/>.</summary>
/// <remarks>
/// The forms: <c>"tag"</c> (a strong ETag, as sent); <c>W/"tag" MODIFIED SIZE</c>; <c>M MODIFIED SIZE</c>; <c>once HEX</c> (the server names
/// no state at all: one response is one version); <c>read-sha256:HEX SIZE</c> (a file of untold length, read whole); all else was
/// written by a manifest, and no response can be held against it.
/// </remarks>
internal readonly record struct HttpValidator(HttpValidatorKind Kind, EntityTagHeaderValue? Tag, long? Modified, long? Size)
{
    private const string OncePrefix = "once ", ReadPrefix = "read-sha256:";
    private const long LastSecond = 253402300799; // of the year 9999

    public static OriginValidator Of(HttpState state)
    {
        if (state.Tag is { IsWeak: false } strong)
            return new(strong.Tag, IsStrong: true);
        string rest = string.Create(CultureInfo.InvariantCulture, $"{state.Modified ?? -1} {state.Size ?? -1}");
        if (state.Tag is { } weak)
            return new($"W/{weak.Tag} {rest}", IsStrong: false);
        return state.Modified is null ? new(OncePrefix + Guid.NewGuid().ToString("N"), IsStrong: false) : new($"M {rest}", IsStrong: false);
    }

    /// <summary>The validator of content that was read as a whole.</summary>
    public static OriginValidator OfRead(ReadOnlySpan<byte> sha256, long size) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{ReadPrefix}{Convert.ToHexStringLower(sha256)} {size}"), IsStrong: true);

    public static HttpValidator Parse(OriginValidator validator)
    {
        string text = validator.Value ?? "";
        if (text.Length == 0)
            return new(HttpValidatorKind.Any, null, null, null);
        if (text.StartsWith('"') && EntityTagHeaderValue.TryParse(text, out EntityTagHeaderValue? tag))
            return new(HttpValidatorKind.StrongTag, tag, null, null);
        if (text.StartsWith(OncePrefix, StringComparison.Ordinal))
            return new(HttpValidatorKind.Once, null, null, null);
        if (text.StartsWith(ReadPrefix, StringComparison.Ordinal))
            return new(HttpValidatorKind.Read, null, null, null);
        return ParseNumbers(text) ?? new(HttpValidatorKind.Listed, null, null, null);
    }

    /// <summary>Is this response about the same state? What a response does not tell is no difference: If-Range and lengths stand for it.</summary>
    public bool Matches(HttpState response) => Kind switch
    {
        HttpValidatorKind.StrongTag => response.Tag is null || (!response.Tag.IsWeak && response.Tag.Tag == Tag!.Tag),
        HttpValidatorKind.WeakTag => (response.Tag is null || response.Tag.Tag == Tag!.Tag) && SameNumbers(response),
        HttpValidatorKind.Date => SameNumbers(response),
        _ => true,
    };

    /// <summary>If-Range: the strong ETag, else the date; never a weak ETag (RFC 9110, section 13.1.5).</summary>
    public RangeConditionHeaderValue? IfRange => Kind switch
    {
        HttpValidatorKind.StrongTag => new(Tag!),
        HttpValidatorKind.Date when Modified is { } seconds => new(DateTimeOffset.FromUnixTimeSeconds(seconds)),
        _ => null,
    };

    private bool SameNumbers(HttpState response) =>
        (Modified is null || response.Modified is null || Modified == response.Modified)
            && (Size is null || response.Size is null || Size == response.Size);

    private static HttpValidator? ParseNumbers(string text)
    {
        string[] words = text.Split(' ');
        if (words.Length < 3 || !Number(words[^2], out long? modified) || !Number(words[^1], out long? size) || modified > LastSecond)
            return null;
        string head = string.Join(' ', words[..^2]);
        if (head == "M" && modified is not null)
            return new(HttpValidatorKind.Date, null, modified, size);
        return head.StartsWith("W/", StringComparison.Ordinal) && EntityTagHeaderValue.TryParse(head, out EntityTagHeaderValue? tag)
            ? new(HttpValidatorKind.WeakTag, tag, modified, size)
            : null;
    }

    private static bool Number(string word, out long? number)
    {
        bool parsed = long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value >= -1;
        number = value < 0 ? null : value;
        return parsed;
    }
}
