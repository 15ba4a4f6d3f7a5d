using System.Globalization;

namespace Nnpfs.TestKit;

/// <summary>What <c>GET /metrics</c> answered: docs/metrics.md says what each name means.</summary>
/// <remarks>SOURCE: Prometheus' text format 0.0.4.</remarks>
public sealed class MetricsText(string text)
{
    private readonly string[] _lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Names and types, as their TYPE lines say.</summary>
    public IEnumerable<(string Name, string Type)> Types => _lines
        .Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
        .Select(line => line.Split(' '))
        .Select(words => (words[2], words[3]));

    /// <summary>Names of the labels of all samples of a metric, those of a histogram's parts included.</summary>
    public IEnumerable<string> LabelsOf(string name) => SamplesOf(name)
        .Where(line => line.Contains('{', StringComparison.Ordinal))
        .SelectMany(line => line[(line.IndexOf('{', StringComparison.Ordinal) + 1)..line.LastIndexOf('}')].Split("\","))
        .Select(label => label.Split('=')[0])
        .Distinct();

    /// <summary>A metric's value, summed over its labels; 0 where it has none yet.</summary>
    public double Sum(string name) =>
        _lines.Where(line => IsOf(line, name)).Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private IEnumerable<string> SamplesOf(string name) =>
        _lines.Where(line => IsOf(line, name) || IsOf(line, name + "_bucket") || IsOf(line, name + "_sum") || IsOf(line, name + "_count"));

    private static bool IsOf(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is '{' or ' ';
}
