using System.Text;

namespace Nnpfs.Daemon.Metrics;

/// <summary>Writes labels as the Prometheus text has them.</summary>
/// <remarks>SOURCE: Prometheus' "Exposition formats": in a label's value, backslash, quote and line feed are escaped.</remarks>
internal static class Labels
{
    public static string Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var text = new StringBuilder();
        foreach ((string name, object? value) in tags)
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(name).Append("=\"").Append(Escape($"{value}")).Append('"');
        }
        return text.ToString();
    }

    /// <summary>One more label at the end.</summary>
    public static string With(string labels, string name, string value) =>
        $"{labels}{(labels.Length > 0 ? "," : "")}{name}=\"{Escape(value)}\"";

    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);
}
