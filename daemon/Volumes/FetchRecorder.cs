using Nnpfs.Origins;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Notes what is fetched, in order, so that the same can be fetched before it is asked for the next time.</summary>
internal sealed class FetchRecorder
{
    /// <summary>Ranges that one recording holds: they fit into one message again.</summary>
    public const int MaxRanges = 50_000;

    /// <summary>A range is joined to one of so many before it: parallel fetches of one window end up in one range.</summary>
    private const int Joined = 8;

    private readonly Lock _gate = new();
    private List<FetchedRange>? _ranges; // guarded by _gate; null = nothing is being recorded
    private bool _isFull;                // guarded by _gate
    private volatile bool _isOn;

    /// <summary>Begins anew.</summary>
    public void Start()
    {
        lock (_gate)
            (_ranges, _isFull, _isOn) = ([], false, true);
    }

    /// <param name="isFull">more was fetched than is noted</param>
    /// <returns>what was noted; null = nothing was being recorded</returns>
    public IReadOnlyList<FetchedRange>? Stop(out bool isFull)
    {
        lock (_gate)
        {
            IReadOnlyList<FetchedRange>? ranges = _ranges;
            isFull = _isFull;
            (_ranges, _isFull, _isOn) = (null, false, false);
            return ranges;
        }
    }

    public void Note(FetchedRange range)
    {
        if (!_isOn)
            return;
        lock (_gate)
        {
            if (_ranges is null || TryJoin(_ranges, range))
                return;
            if (_ranges.Count < MaxRanges)
                _ranges.Add(range);
            else
                _isFull = true;
        }
    }

    private static bool TryJoin(List<FetchedRange> ranges, FetchedRange range)
    {
        for (int i = ranges.Count - 1; i >= Math.Max(0, ranges.Count - Joined); i--)
        {
            FetchedRange before = ranges[i];
            if (before.Offset + before.Length != range.Offset || before.Volume != range.Volume || !before.Path.Equals(range.Path))
                continue;
            ranges[i] = before with { Length = before.Length + range.Length };
            return true;
        }
        return false;
    }
}

/// <param name="Volume">its name</param>
/// <param name="Path">within the volume</param>
/// <param name="Offset">bytes</param>
/// <param name="Length">bytes, at least 1</param>
internal readonly record struct FetchedRange(string Volume, OriginPath Path, long Offset, long Length);
