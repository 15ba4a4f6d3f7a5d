using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache;

/// <summary>What reclaim leaves alone.</summary>
internal sealed partial class CacheVolume
{
    /// <summary>
    /// Keeps what is cached of a node, now and later, from being reclaimed; with all beneath it, what is found there later
    /// included.
    /// </summary>
    /// <returns>zero; ENOENT for an unknown node; ENOSPC where all that is pinned could not be kept below the low mark of the limit</returns>
    public Errno Pin(NodeId node, bool subtree)
    {
        if (!Get(node).TryGet(out _, out Errno failed))
            return failed;
        failed = _core.Pins.Add(Id, node, subtree);
        if (failed != 0)
            return failed;
        if (_core.Pins.Wanted().TryGet(out long wanted, out failed) && wanted <= _core.Space.Limits.LowBytes)
            return 0;
        _core.Pins.Remove(node);
        return failed == 0 ? Errno.ENOSPC : failed;
    }

    /// <returns>zero; ENOENT where that very node is not pinned</returns>
    public Errno Unpin(NodeId node) => _core.Pins.Remove(node);

    /// <summary>The nodes that were pinned, each as it was named.</summary>
    public Result<IReadOnlyList<NodeId>> Pins => _core.Pins.List(Id);
}
