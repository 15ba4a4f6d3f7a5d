using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>The mounts that are connected, and what they are told without being asked.</summary>
internal sealed partial class Volume
{
    private static readonly TimeSpan TellSpaceEvery = TimeSpan.FromSeconds(10);

    public IReadOnlyList<MountReport> Mounts => [.. Connected().Select(mount => mount.Report())];

    public IReadOnlyList<Waiter> Waiters =>
        [.. Connected().SelectMany(mount => WaitersOf(mount.Waits(), mount.Report().MountPoint)), .. WaitersOf(OwnWaits(), "")];

    /// <summary>A mount has connected: from here on it is told of every break.</summary>
    /// <param name="mount">its session, whose lock is held</param>
    /// <param name="id">16 bytes, the same after a reconnection</param>
    /// <param name="epoch">that its tokens belong to; 0 = it has none</param>
    /// <param name="settled">ends when it holds no token of another epoch any more, or has gone again</param>
    public void Attach(IMount mount, ReadOnlySpan<byte> id, ulong epoch, Task settled)
    {
        bool hasMissed;
        lock (_gate)
        {
            _mounts.Add(mount);
            hasMissed = _announced && epoch != 0;
            _announced &= !hasMissed;
        }
        _book.Came(Convert.ToHexString(id), mount, settled);
        // What was announced while it was away raised no epoch then: one now, for all of it, voids its tokens.
        if (hasMissed)
            _cache.RaiseEpoch();
    }

    public void Detach(IMount mount)
    {
        lock (_gate)
            _mounts.Remove(mount);
        _book.Went(mount);
    }

    /// <summary>What is fetched ahead of a mount's readers is given up. After <see cref="Detach"/>, without the session's lock.</summary>
    public void EndReaders(IMount gone) => _contents.EndReaders(gone.IsStreamOfIt);

    /// <summary>A mount has said goodbye: nothing is held any more, and nobody waits for its return.</summary>
    public void Leave(IMount mount) => _book.Left(mount);

    public void Reclaimed(IReadOnlyList<ReclaimedBlock> blocks)
    {
        foreach (IMount mount in Connected())
            mount.Reclaim(blocks);
    }

    /// <summary>An open file keeps the version that it opened: what is cached of it stays as long as a mount knows the node.</summary>
    private void KeepForReaders(NodeRecord outdated)
    {
        if (outdated.Facts.Kind != Origins.OriginKind.File || outdated.Version == 0)
            return;
        foreach (IMount mount in Connected())
            mount.Keep(outdated.Id, () => _cache.Hold(outdated.Id, outdated.Version, outdated.Facts.Size));
    }

    /// <summary>Mounts that have blocks of this version: their next open of it may be passed through.</summary>
    private void TellWhole(Content content)
    {
        IMount[] holders = [.. Connected().Where(mount => mount.Holds(content.Key.Node))];
        DataGrant? whole = holders.Length > 0 ? GrantOf(content, 0, content.Size) : null;
        foreach (IMount mount in holders)
            mount.TellData(whole!);
    }

    /// <summary>Asked by the cache before it forgets a directory's children for want of room.</summary>
    private bool MayForget(NodeId directory, IReadOnlyList<NodeId> children)
    {
        if (_book.IsAnyAway || Connected().Any(mount => mount.Knows(directory) || children.Any(mount.Knows)))
            return false;
        _fresh.Break(directory, BreakReach.Listing);
        _fresh.Forget(children);
        return true;
    }

    /// <summary>The cache would like to forget what is in these directories: the mounts are asked to let go of it.</summary>
    private void AskToForget(IReadOnlyList<NodeId> directories)
    {
        foreach (IMount mount in Connected())
            mount.Forget(directories);
    }

    /// <summary>What statfs(2) answers changes slowly: the mounts are told now and then.</summary>
    private async Task TellSpaceAsync()
    {
        SpaceReport told = default;
        using var timer = new PeriodicTimer(TellSpaceEvery, _time);
        while (!_ending.IsCancellationRequested)
        {
            if (Space is var space && space != told)
            {
                told = space;
                foreach (IMount mount in Connected())
                    mount.TellSpace(space);
            }
            await timer.WaitForNextTickAsync(_ending.Token).AsTask().ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Without the list the next run waits for nobody; a mount that misses an invalidation then still finds another epoch.</summary>
    private void KeepMounts(IReadOnlyList<string> ids)
    {
        if (_cache.KeepMounts(ids) is var failed && failed != 0)
            Log.MountsNotKept(_log, Name, failed);
    }

    private IMount[] Connected()
    {
        lock (_gate)
            return [.. _mounts];
    }

    /// <summary>A node is another thing than it was: every mount gives up what it holds of it and of the listing that names it.</summary>
    /// <returns>the moment after</returns>
    private long Announce(Applied applied)
    {
        NodeRecord before = applied.Before!;
        if (before.Id != applied.Node.Id)
            return AnnounceGone(before);
        _contents.Drop(before);
        // The listing holds on: mounts do not take from it what an invalidation has named since they installed it, and whoever
        // installs it from now on gets one that was made anew. The origin is not asked for it.
        if (!before.IsRoot && _fresh.Listing(before.Parent) != 0)
            MarkOutdatedFile(before.Parent);
        Announce([before.Id]);
        return applied.Since;
    }

    private long AnnounceGone(NodeRecord gone)
    {
        _fresh.Break(gone.Id, BreakReach.Subtree);
        long since = _fresh.Break(gone.Parent, BreakReach.Listing);
        Send(new Breakage(Epoch, false, [gone.Parent], [gone.Id]));
        return since;
    }

    private long Announce(NodeRecord before, Listed listed)
    {
        foreach (NodeRecord changed in listed.Changed)
            _contents.Drop(changed);
        foreach (NodeRecord gone in listed.Gone)
            _fresh.Break(gone.Id, BreakReach.Subtree);
        // The listing above told the directory's facts.
        bool isOther = !FactsRules.AreSame(before.Facts, listed.Directory.Facts);
        if (isOther)
            _fresh.Break(before.Parent, BreakReach.Listing);
        long since = _fresh.Supersede(before.Id);
        Send(new Breakage(Epoch, false, [before.Id, .. isOther ? new[] { before.Parent } : [], .. listed.Changed.Select(node => node.Id)], [.. listed.Gone.Select(node => node.Id)]));
        return since;
    }

    private void Announce(IReadOnlyList<NodeId> nodes) => Send(new Breakage(Epoch, false, nodes, []));

    /// <summary>Sends, and does not wait for the answers.</summary>
    private void Send(Breakage breakage)
    {
        lock (_gate)
            _announced = true;
        foreach (IMount mount in Connected())
            _work.Add(mount.InvalidateAsync(breakage, _rules.InvalidateTimeout));
    }

    private Wait[] OwnWaits()
    {
        lock (_gate)
            return [.. _waits];
    }

    private IEnumerable<Waiter> WaitersOf(IEnumerable<Wait> waits, string mountPoint) => waits.Select(wait => (Wait: wait, wait.State)).Select(each => new Waiter
    {
        Volume = Name,
        MountPoint = mountPoint,
        Operation = each.Wait.Operation,
        Node = each.Wait.Node,
        Path = _tree.PathOf(each.Wait.Node) is { IsOk: true } path ? path.Value : default,
        Cause = each.State.Cause,
        Error = each.State.Error,
        Since = each.Wait.Since,
    });
}
