using System.Globalization;
using System.Text;

namespace Nnpfs.Daemon.Metrics;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public static string Of(IEnumerable<MetricSample> samples)
    {
        var text = new StringBuilder();
        foreach (MetricSample sample in samples)
            Append(text, sample);
        return text.ToString();
    }

    private static void Append(StringBuilder text, MetricSample sample)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {sample.Name} {sample.Help}\n");
        text.Append(CultureInfo.InvariantCulture, $"# TYPE {sample.Name} {sample.Type}\n");
        foreach (MetricPoint point in sample.Points)
        {
            text.Append(sample.Name).Append(point.Suffix);
            if (point.Labels.Length > 0)
                text.Append('{').Append(point.Labels).Append('}');
            text.Append(CultureInfo.InvariantCulture, $" {point.Value}\n");
        }
    }
}
