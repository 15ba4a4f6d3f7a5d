using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What reclaim leaves alone.</summary>
internal sealed partial class Volume
{
    public async ValueTask<Errno> PinAsync(OriginPath path, CancellationToken cancel) =>
        (await FindAsync(path, cancel)).TryGet(out NodeId node, out Errno errno) ? _cache.Pin(node, subtree: true) : errno;

    public async ValueTask<Errno> UnpinAsync(OriginPath path, CancellationToken cancel) =>
        (await FindAsync(path, cancel)).TryGet(out NodeId node, out Errno errno) ? _cache.Unpin(node) : errno;

    public ValueTask<IReadOnlyList<OriginPath>> PinsAsync(CancellationToken cancel)
    {
        IReadOnlyList<NodeId> pins = _cache.Pins is { IsOk: true } found ? found.Value : [];
        return new([.. pins.Select(_tree.PathOf).Where(path => path.IsOk).Select(path => path.Value)]);
    }

    private bool IsPinned(NodeId node)
    {
        if (!_cache.Pins.TryGet(out IReadOnlyList<NodeId>? pins, out _) || pins.Count == 0)
            return false;
        while (!pins.Contains(node))
        {
            if (node == _tree.Root || !_cache.Get(node).TryGet(out Cache.NodeRecord? record, out _))
                return false;
            node = record.Parent;
        }
        return true;
    }
}
