using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What a volume knows of a mount that is connected to it.</summary>
/// <remarks>Called without a lock of the volume's own; <see cref="Keep"/> comes under the tree's. Members take the session's lock.</remarks>
internal interface IMount
{
    MountReport Report();

    /// <summary>Names one open file of this mount or of another.</summary>
    bool IsStreamOfIt(ulong stream);

    IEnumerable<Wait> Waits();

    /// <summary>Takes tokens back.</summary>
    /// <returns>true: confirmed, or nothing is held any more since it is gone; false: it did not answer in time and was cut off</returns>
    Task<bool> InvalidateAsync(Breakage breakage, TimeSpan limit);

    /// <summary>Tells of block files that are no more.</summary>
    void Reclaim(IReadOnlyList<ReclaimedBlock> blocks);

    void TellSpace(SpaceReport space);

    /// <summary>It was given blocks of this node and has not given it back.</summary>
    bool Holds(NodeId node);

    /// <summary>Installs what nobody asked for.</summary>
    void TellData(DataGrant grant);

    /// <summary>The driver was told of this node and has not given it back.</summary>
    bool Knows(NodeId node);

    /// <summary>
    /// Asks the driver to let go of what it holds of these directories' entries; when it has, it does not know the directories
    /// any more.
    /// </summary>
    void Forget(IReadOnlyList<NodeId> directories);

    /// <summary>The driver may have this version open: it is kept until the driver gives the node back.</summary>
    /// <param name="node">whose content it is</param>
    /// <param name="hold">called when it does; the result is released later</param>
    void Keep(NodeId node, Func<Content> hold);
}

/// <summary>Tokens that are taken back.</summary>
/// <param name="Epoch">the volume's, from here on</param>
/// <param name="Volume">everything</param>
/// <param name="Nodes">these</param>
/// <param name="Subtrees">these and all beneath</param>
internal sealed record Breakage(ulong Epoch, bool Volume, IReadOnlyList<NodeId> Nodes, IReadOnlyList<NodeId> Subtrees);

/// <summary>The answer to statfs(2).</summary>
internal readonly record struct SpaceReport(long TotalBytes, long FreeBytes, long TotalNodes, long FreeNodes);
