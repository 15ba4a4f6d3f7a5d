using System.Globalization;
using System.Text;

namespace Nnpfs.Origins.Http.Listings;

/// <summary>Decodes the character references that can stand in an attribute of a listing. An unknown one stands for itself.</summary>
internal static class HtmlEntities
{
    private const int Longest = 10; // of a reference, without "&" and ";"

    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'&'))
            return text.ToArray();
        var bytes = new List<byte>(text.Length);
        while (!text.IsEmpty)
        {
            int end = text[0] == '&' ? text[..Math.Min(text.Length, Longest + 2)].IndexOf((byte)';') : -1;
            if (end > 0 && Character(text[1..end]) is { } character)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(character));
                text = text[(end + 1)..];
            }
            else
            {
                bytes.Add(text[0]);
                text = text[1..];
            }
        }
        return [.. bytes];
    }

    private static string? Character(ReadOnlySpan<byte> reference)
    {
        string name = Encoding.Latin1.GetString(reference);
        return name switch
        {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "apos" => "'",
            "nbsp" => "\u00A0",
            ['#', 'x' or 'X', .. var hex] => Scalar(hex, NumberStyles.AllowHexSpecifier),
            ['#', .. var digits] => Scalar(digits, NumberStyles.None),
            _ => null,
        };
    }

    private static string? Scalar(string digits, NumberStyles style) =>
        int.TryParse(digits, style, CultureInfo.InvariantCulture, out int value) && Rune.TryCreate(value, out Rune rune) ? rune.ToString() : null;
}
