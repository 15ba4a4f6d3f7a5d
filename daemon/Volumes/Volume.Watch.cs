using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Origins.Filters;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Changes that the origin tells of.</summary>
internal sealed partial class Volume
{
    private static readonly TimeSpan WatchAgain = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Begins to work. Tokens of an earlier run are void: it may have told of nodes that it had no time to keep, and nobody
    /// listened since.
    /// </summary>
    public void Start()
    {
        if (_cache.KnownMounts.Count > 0)
            _cache.RaiseEpoch();
        _work.Add(TellSpaceAsync());
        if (OriginFilter.WatchingOf(_origin) is { } watching)
            _work.Add(WatchAsync(watching));
    }

    private async Task WatchAsync(IWatchingOrigin watching)
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await foreach (OriginChange? change in watching.WatchAsync(_ending.Token))
                    Take(change);
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception failure)
            {
                Log.WatchFailed(_log, failure, Name);
            }
            Take((OriginChange?)null);
            await Task.Delay(WatchAgain, _time, _ending.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private void Take(OriginChange? change)
    {
        if (change is null)
        {
            _fresh.BreakAll(_tree.Root);
            Send(new Breakage(Epoch, Volume: true, [], []));
            return;
        }
        // What is not known holds no token; its parent's listing and absent names may.
        (NodeRecord node, bool isExact) = Nearest(change.Path);
        bool deep = change.Deep && isExact;
        if (!deep && isExact && !node.IsRoot)
        {
            TakeEntry(node);
            return;
        }
        if (deep && _cache.Subtree(node.Id) is { IsOk: true } beneath)
            _fresh.BreakSubtree(node.Id, beneath.Value);
        else
            _fresh.Break(node.Id, BreakReach.Node);
        _fresh.Break(node.Parent, BreakReach.Listing);
        Send(new Breakage(Epoch, Volume: false, deep ? [node.Parent] : [node.Id, node.Parent], deep ? [node.Id] : []));
    }

    /// <summary>
    /// What a node is, has changed, not which names there are. So the listing above it holds on: mounts do not take from it what was named
    /// since they installed it, and whoever installs it from now on gets one that was made anew and does not tell of this entry.
    /// </summary>
    private void TakeEntry(NodeRecord node)
    {
        _fresh.SupersedeListing(node.Parent); // first: an older one that arrives now would confirm the entry as it was
        _fresh.Break(node.Id, BreakReach.Node);
        MarkOutdatedFile(node.Parent);
        Send(new Breakage(Epoch, Volume: false, [node.Id], []));
    }

    /// <summary>The node at the path, or the nearest directory above it that is known.</summary>
    private (NodeRecord Node, bool IsExact) Nearest(OriginPath path)
    {
        NodeRecord node = _tree.Get(_tree.Root).Value;
        foreach (byte[] name in NamesOf(path))
        {
            if (!_tree.Find(node.Id, name).TryGet(out NodeRecord? next, out _))
                return (node, false);
            node = next;
        }
        return (node, true);
    }
}
