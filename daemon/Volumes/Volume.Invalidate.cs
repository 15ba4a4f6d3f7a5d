using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Taking back by the admin's word: done when no mount holds anything of it.</summary>
internal sealed partial class Volume
{
    public async ValueTask<Result<InvalidationReport>> InvalidateAsync(InvalidationTarget target, CancellationToken cancel)
    {
        if (!Resolve(target).TryGet(out (NodeRecord Node, bool Recursive) found, out Errno errno))
            return errno;
        (NodeRecord node, bool recursive) = found;
        IReadOnlyList<NodeId>? taken = [node.Id];
        if (recursive && !_cache.Subtree(node.Id).TryGet(out taken, out errno))
            return errno;
        _origin.Doubt(); // first: what is asked from the break on is not to be answered from before it
        Break(node, recursive, taken);
        // On the disk before any mount is told, so that one which misses it finds another epoch when it is back.
        if (!_cache.RaiseEpoch().TryGet(out ulong epoch, out errno))
            return errno;
        bool isAll = recursive && node.IsRoot;
        var breakage = new Breakage(epoch, isAll, recursive ? [node.Parent] : [node.Id, node.Parent], recursive ? [node.Id] : []);
        bool[] confirmed = await TellAllAsync(breakage, cancel);
        Instruments.Invalidations.Add(1, Instruments.Volume(Name));
        Instruments.InvalidatedNodes.Add(taken.Count, Instruments.Volume(Name));
        Log.Invalidated(_log, Name, taken.Count, confirmed.Length, epoch);
        return new InvalidationReport(taken.Count, confirmed.Count(done => done), confirmed.Count(done => !done), epoch);
    }

    /// <summary>First what was cached loses its trust, then no answer that was under way gives a token any more.</summary>
    private void Break(NodeRecord node, bool recursive, IReadOnlyList<NodeId> taken)
    {
        if (recursive && node.IsRoot)
            _fresh.BreakAll(node.Id);
        else if (recursive)
            _fresh.BreakSubtree(node.Id, taken);
        else
            _fresh.Break(node.Id, BreakReach.Node);
        _fresh.Break(node.Parent, BreakReach.Listing);
        _tree.Mistrust(taken);
    }

    private async Task<bool[]> TellAllAsync(Breakage breakage, CancellationToken cancel)
    {
        bool[] confirmed = await Task.WhenAll(Connected().Select(mount => mount.InvalidateAsync(breakage, _rules.InvalidateTimeout))).WaitAsync(cancel);
        // Those that are away serve what they hold until they are back, which is when they see the epoch.
        using Wait wait = NewWait("Invalidate", _tree.Root);
        wait.For(WaitCause.Driver);
        await _book.WaitAsync(cancel);
        return confirmed;
    }

    /// <summary>Of a path that is not known: the nearest directory above, whose absent names may be held.</summary>
    private Result<(NodeRecord Node, bool Recursive)> Resolve(InvalidationTarget target)
    {
        if (target.Node != NodeId.None)
            return _cache.Get(target.Node).TryGet(out NodeRecord? known, out Errno errno) ? (known, target.Recursive) : errno;
        (NodeRecord node, bool isExact) = Nearest(target.Path);
        return (node, target.Recursive && isExact);
    }
}
