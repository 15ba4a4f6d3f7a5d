namespace Nnpfs.Daemon.Cache;

/// <summary>What the cache holds and did since arlad's start.</summary>
internal sealed record CacheStats
{
    public required CacheLimits Limits { get; init; }

    /// <summary>Of block files.</summary>
    public long Bytes { get; init; }

    /// <summary>Promised to fetches that are under way.</summary>
    public long ReservedBytes { get; init; }

    public long PinnedBytes { get; init; }

    /// <summary>In memory, for want of room on the disk.</summary>
    public long TransientBytes { get; init; }

    public long Nodes { get; init; }

    public long Blocks { get; init; }

    public long FilledPages { get; init; }

    public long ReclaimedBlocks { get; init; }

    public long ReclaimedBytes { get; init; }

    public long DroppedNodes { get; init; }

    public long CheckedPages { get; init; }

    public long DamagedPages { get; init; }

    /// <summary>Block files without a row, removed by the sweep.</summary>
    public long SweptFiles { get; init; }

    public long Commits { get; init; }
}
