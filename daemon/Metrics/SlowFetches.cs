namespace Nnpfs.Daemon.Metrics;

/// <summary>The slowest reads from origins of the last minute.</summary>
internal sealed class SlowFetches(TimeProvider time)
{
    private const int Capacity = 200;
    private static readonly TimeSpan _keep = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // guarded by _gate
    private readonly List<SlowFetch> _fetches = [];

    public void Add(SlowFetch fetch)
    {
        lock (_gate)
        {
            Forget();
            _fetches.Add(fetch);
            if (_fetches.Count > Capacity)
                _fetches.Remove(_fetches.MinBy(kept => kept.Elapsed)!);
        }
    }

    /// <param name="count">at most so many, the slowest first</param>
    public IReadOnlyList<SlowFetch> Slowest(int count)
    {
        lock (_gate)
        {
            Forget();
            return [.. _fetches.OrderByDescending(fetch => fetch.Elapsed).Take(count)];
        }
    }

    private void Forget()
    {
        DateTimeOffset limit = time.GetUtcNow() - _keep;
        _fetches.RemoveAll(fetch => fetch.End < limit);
    }
}

/// <param name="Volume">by name</param>
/// <param name="Path">of the file</param>
/// <param name="Offset">bytes from its start</param>
/// <param name="Length">bytes asked for</param>
/// <param name="Elapsed">from the request to its last byte</param>
/// <param name="End">wall clock</param>
/// <param name="Errno">zero = it succeeded</param>
internal sealed record SlowFetch(
    string Volume, Nnpfs.Origins.OriginPath Path, long Offset, long Length, TimeSpan Elapsed, DateTimeOffset End, Errno Errno);
