namespace Nnpfs.Bench.Scale;

/// <summary>What was measured with so many nodes.</summary>
/// <param name="Nodes">known to arlad</param>
/// <param name="Cached">of these, files whose content is cached</param>
internal sealed record Growth(long Nodes, long Cached)
{
    /// <summary>Seconds from arlad's start until nnpfsctl status has answered, page cache warm.</summary>
    public required Figure WarmStart { get; init; }

    /// <summary>As <see cref="WarmStart"/>, after drop_caches.</summary>
    public required Figure ColdStart { get; init; }

    /// <summary>Microseconds for a stat of a file that a fresh mount has to ask arlad for.</summary>
    public required Figure Lookup { get; init; }

    /// <summary>The time of the same by the time of a cache that holds nothing else, each round with its neighbour.</summary>
    public required Figure LookupRatio { get; init; }

    /// <summary>Bytes of the index.</summary>
    public required long IndexBytes { get; init; }

    /// <summary>MiB of arlad after all of that.</summary>
    public required double Resident { get; init; }
}
