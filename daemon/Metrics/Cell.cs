namespace Nnpfs.Daemon.Metrics;

/// <summary>One number, or one histogram, that many threads add to.</summary>
internal sealed class Cell(bool isHistogram)
{
    /// <summary>Seconds: from a cache hit to a stalled origin.</summary>
    public static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly Lock _gate = new();

    // guarded by _gate
    private readonly long[] _buckets = isHistogram ? new long[Bounds.Length + 1] : [];
    private double _sum;
    private long _count;

    public void Take(double value, bool replace)
    {
        lock (_gate)
        {
            _sum = replace ? value : _sum + value;
            _count++;
            if (_buckets.Length > 0)
                _buckets[BucketOf(value)]++;
        }
    }

    public (double Sum, long Count, long[] Buckets) Read()
    {
        lock (_gate)
            return (_sum, _count, [.. _buckets]);
    }

    private static int BucketOf(double value)
    {
        int found = Array.BinarySearch(Bounds, value);
        return found >= 0 ? found : ~found;
    }
}
