using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What the admin service may do with one volume. Every member may be called at any time, from any thread.</summary>
/// <remarks>Paths are within the volume. Where a path is not known yet, the origin is asked: the errnos of a lookup follow.</remarks>
internal interface IVolumeAdmin
{
    string Name { get; }

    /// <summary>The origin as a person wrote it, without credentials.</summary>
    OriginInfo Origin { get; }

    int BlockSize { get; }

    ulong Epoch { get; }

    /// <summary>The last failure of the origin, whatever it concerned; null while none happened.</summary>
    NodeError? LastError { get; }

    IReadOnlyList<MountReport> Mounts { get; }

    IReadOnlyList<Waiter> Waiters { get; }

    /// <summary>Nodes and bytes in the cache.</summary>
    VolumeUsage Usage { get; }

    /// <returns>the node at the path; ENOENT, ENOTDIR, or the origin's errno</returns>
    ValueTask<Result<NodeId>> FindAsync(OriginPath path, CancellationToken cancel);

    /// <returns>what is known of a node; ENOENT for an id that is none</returns>
    ValueTask<Result<NodeReport>> ReportAsync(NodeId node, CancellationToken cancel);

    /// <returns>a directory's entries, sorted by name; ENOTDIR</returns>
    ValueTask<Result<IReadOnlyList<NodeReport>>> ListAsync(NodeId directory, CancellationToken cancel);

    /// <summary>Takes tokens back. Ends when every mount has confirmed it, or was cut off after the time limit.</summary>
    /// <returns>what was done; ENOENT where the target was never known: then nothing holds a token of it</returns>
    ValueTask<Result<InvalidationReport>> InvalidateAsync(InvalidationTarget target, CancellationToken cancel);

    /// <summary>Fetches everything at and beneath a path. Cancelled, it leaves what is there usable.</summary>
    /// <returns>at most a few reports a second, the last with <see cref="PrefetchProgress.Finished"/></returns>
    IAsyncEnumerable<PrefetchProgress> PrefetchAsync(OriginPath path, CancellationToken cancel);

    /// <summary>Fetches pieces of files, in this order as far as several go at once.</summary>
    /// <returns>as of the other</returns>
    IAsyncEnumerable<PrefetchProgress> PrefetchAsync(IReadOnlyList<FetchedRange> ranges, CancellationToken cancel);

    /// <summary>Keeps a node (and, of a directory, all beneath it) from being reclaimed. It does not fetch.</summary>
    ValueTask<Errno> PinAsync(OriginPath path, CancellationToken cancel);

    /// <returns>zero; ENOENT where that very path is not pinned</returns>
    ValueTask<Errno> UnpinAsync(OriginPath path, CancellationToken cancel);

    ValueTask<IReadOnlyList<OriginPath>> PinsAsync(CancellationToken cancel);

    /// <summary>Drops cached content at and beneath a path, pinned or not in use or not; tokens stay.</summary>
    ValueTask<Result<FlushReport>> FlushAsync(OriginPath path, CancellationToken cancel);
}

/// <param name="Nodes">nodes that the index holds</param>
/// <param name="Bytes">bytes of content in block files</param>
internal readonly record struct VolumeUsage(long Nodes, long Bytes);

/// <param name="Nodes">nodes that lost content</param>
/// <param name="Bytes">bytes that came free</param>
internal readonly record struct FlushReport(long Nodes, long Bytes);
