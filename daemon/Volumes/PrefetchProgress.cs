using Nnpfs.Origins;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Where a prefetch stands. The totals grow while directories are still being read.</summary>
internal sealed record PrefetchProgress
{
    public long FilesDone { get; init; }

    public long FilesTotal { get; init; }

    /// <summary>Bytes that are in the cache now, those that were there before included.</summary>
    public long BytesDone { get; init; }

    public long BytesTotal { get; init; }

    public long Failed { get; init; }

    /// <summary>The errno of the last failure; zero while all goes well.</summary>
    public Errno LastErrno { get; init; }

    /// <summary>What is being fetched, or failed last.</summary>
    public OriginPath Current { get; init; }

    /// <summary>The totals are final.</summary>
    public bool Walked { get; init; }

    public bool Finished { get; init; }
}
