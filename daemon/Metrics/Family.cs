using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace Nnpfs.Daemon.Metrics;

/// <summary>The values of one instrument, by their labels.</summary>
internal sealed class Family(Instrument instrument)
{
    private readonly ConcurrentDictionary<string, Cell> _cells = new(StringComparer.Ordinal);
    private readonly bool _isHistogram = instrument is Histogram<double>;
    private readonly bool _isObserved = instrument.IsObservable; // reports values; all others report what to add

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Cell cell = _cells.GetOrAdd(Labels.Of(tags), _ => new Cell(_isHistogram));
        cell.Take(value, replace: _isObserved);
    }

    /// <summary>What is asked for each time must not outlive what it was about: a volume, a mount.</summary>
    public void ForgetGauges()
    {
        if (_isObserved)
            _cells.Clear();
    }

    public MetricSample Sample() => new(instrument.Name, instrument.Description ?? "", Type,
        [.. _cells.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => Points(pair.Key, pair.Value))]);

    private string Type =>
        _isHistogram ? "histogram" : instrument.Name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge";

    private IEnumerable<MetricPoint> Points(string labels, Cell cell)
    {
        (double sum, long count, long[] buckets) = cell.Read();
        if (!_isHistogram)
            return [new("", labels, sum)];
        long below = 0;
        return
        [
            .. buckets.Select((hits, i) => new MetricPoint("_bucket", Labels.With(labels, "le", Bound(i)), below += hits)),
            new("_sum", labels, sum),
            new("_count", labels, count),
        ];
    }

    private static string Bound(int bucket) =>
        bucket < Cell.Bounds.Length ? Cell.Bounds[bucket].ToString(CultureInfo.InvariantCulture) : "+Inf";
}
