using Nnpfs.Daemon.Cache;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What a volume knows of a mount that is connected to it. Never called with a lock of the volume held.</summary>
internal interface IMount
{
    MountReport Report();

    IEnumerable<Wait> Waits();

    /// <summary>Takes tokens back.</summary>
    /// <returns>true: confirmed, or nothing is held any more since it is gone; false: it did not answer in time and was cut off</returns>
    Task<bool> InvalidateAsync(Breakage breakage, TimeSpan limit);

    /// <summary>Tells of block files that are no more.</summary>
    void Reclaim(IReadOnlyList<ReclaimedBlock> blocks);

    void TellSpace(SpaceReport space);
}

/// <summary>Tokens that are taken back.</summary>
/// <param name="Epoch">the volume's, from here on</param>
/// <param name="Volume">everything</param>
/// <param name="Nodes">these</param>
/// <param name="Subtrees">these and all beneath</param>
internal sealed record Breakage(ulong Epoch, bool Volume, IReadOnlyList<NodeId> Nodes, IReadOnlyList<NodeId> Subtrees);

/// <summary>The answer to statfs(2).</summary>
internal readonly record struct SpaceReport(long TotalBytes, long FreeBytes, long TotalNodes, long FreeNodes);
