using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Keeping;

/// <summary>
/// The one writer of maps: collects blocks with new pages, and from time to time makes them survive a power cut, together.
/// </summary>
/// <remarks>
/// INVARIANT: the bytes are in the file before the page is in the map in memory; file and name are synced before the map is in
/// the index. The maps taken are those from before the sync began.
/// </remarks>
internal sealed class Committer(CacheCore core) : IDisposable
{
    private const int Crowd = 256; // waiting blocks have their files open

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Lock _gate = new();
    private List<(Content Content, long Index, Block Block)> _waiting = []; // guarded by _gate
    private Dictionary<NodeId, long> _used = []; // guarded by _gate; node to second

    /// <summary>Asks for a commit before its time. Set once, by the upkeep.</summary>
    public Action? Crowded { get; set; }

    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>Adds a block that has a hold on its content for this.</summary>
    public void Add(Content content, long index, Block block)
    {
        int waiting;
        lock (_gate)
        {
            _waiting.Add((content, index, block));
            waiting = _waiting.Count;
        }
        if (waiting == Crowd)
            Crowded?.Invoke();
    }

    public void Used(IEnumerable<NodeId> nodes)
    {
        long second = core.Second;
        lock (_gate)
        {
            foreach (NodeId node in nodes)
                _used[node] = second;
        }
    }

    /// <summary>All that was marked filled before this call is in the index, on the disk, when it ends.</summary>
    public async Task<Errno> CommitAsync()
    {
        await _one.WaitAsync().ConfigureAwait(false);
        try
        {
            return await Task.Run(CommitNow).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>As <see cref="CommitAsync"/>, on this thread, unless a commit is under way.</summary>
    public bool TryCommit()
    {
        if (!_one.Wait(0))
            return false;
        try
        {
            return CommitNow() == 0;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private Errno CommitNow()
    {
        (List<(Content Content, long Index, Block Block)> waiting, Dictionary<NodeId, long> used) = Take();
        var taken = new List<BlockSnapshot>(waiting.Count);
        foreach ((Content content, long index, Block block) in waiting)
        {
            if (content.Snapshot(index, block) is { } snapshot)
                taken.Add(snapshot);
            else
                content.Release();
        }
        foreach (IGrouping<CacheVolume, BlockSnapshot> group in taken.GroupBy(snapshot => snapshot.Content.Volume))
            CommitVolume(group.Key, [.. group]);
        foreach (IGrouping<long, NodeId> second in used.GroupBy(pair => pair.Value, pair => pair.Key))
        {
            core.Blocks.Used([.. second], second.Key);
            core.Nodes.Seen([.. second], second.Key);
        }
        Counters.Add(ref core.Counters.Commits);
        return core.Database.Commit();
    }

    private (List<(Content Content, long Index, Block Block)> Waiting, Dictionary<NodeId, long> Used) Take()
    {
        lock (_gate)
        {
            var taken = (_waiting, _used);
            (_waiting, _used) = ([], []);
            return taken;
        }
    }

    private void CommitVolume(CacheVolume volume, List<BlockSnapshot> taken)
    {
        Errno synced = volume.Disk.Sync([.. taken.DistinctBy(snapshot => snapshot.Name).Select(snapshot => (snapshot.Name, snapshot.File))]);
        if (synced != 0)
            core.Log.SyncFailed(volume.Name, synced);
        foreach (BlockSnapshot snapshot in taken)
        {
            if (snapshot.Content.Commit(snapshot, synced == 0))
                Add(snapshot.Content, snapshot.Index, snapshot.Block); // the hold goes on
            else
                snapshot.Content.Release();
        }
    }
}
