namespace Nnpfs.Origins.Fetching;

/// <summary>How much a volume fetches at once and ahead. Sizes in bytes.</summary>
public sealed record FetchOptions
{
    /// <summary>Requests to the origin at once.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Of those, how many may run ahead of readers: the rest is free for reads that somebody waits for.</summary>
    public int AheadConcurrency { get; init; } = 6;

    /// <summary>The first window ahead of a sequential reader; each next one is four times as large.</summary>
    public long MinAhead { get; init; } = 512 * 1024;

    /// <summary>The largest window; 0 = nothing is fetched ahead.</summary>
    public long MaxAhead { get; init; } = 32 * 1024 * 1024;

    /// <summary>The largest window as a share of what its reader has read in one run; 0 = it does not depend on that.</summary>
    public double MaxAheadShare { get; init; }

    /// <summary>The longest request.</summary>
    public long RangeSize { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// How far one request may go on with its reader, instead of parallel ones; 0 = none does. For an origin that takes one at a
    /// time.
    /// </summary>
    public long LongRangeSize { get; init; }

    /// <summary>How long such a request waits for its reader; then it ends, and its connection with it, for the origin has more to send.</summary>
    public TimeSpan MaxRest { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A shorter request is not cut in two.</summary>
    public long MinRangeSize { get; init; } = 1024 * 1024;

    /// <summary>Into how many requests a window is cut, within the two limits above.</summary>
    public int ParallelRanges { get; init; } = 4;

    /// <summary>Told of each request before it goes out: path, offset, length. Must not block.</summary>
    public Action<OriginPath, long, long>? Fetching { get; init; }

    /// <summary>Readers of one content that are judged; the one that was quiet for longest is forgotten.</summary>
    public int MaxStreams { get; init; } = 64;
}
