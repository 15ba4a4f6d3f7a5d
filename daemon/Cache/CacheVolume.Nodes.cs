using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache;

/// <summary>The nodes of one volume.</summary>
internal sealed partial class CacheVolume
{
    private const int Batch = 256; // bounds how long one listing keeps others from the index

    /// <summary>A number that was never given before and never will be: for the id of a node, or for a version.</summary>
    public Result<ulong> NextNumber() => _core.Numbers.Next();

    /// <returns>ENOENT for an id that the index does not have; EIO for a damaged row</returns>
    public Result<NodeRecord> Get(NodeId id) => _core.Nodes.Get(id);

    /// <returns>ENOENT where no such child is known: of a listed directory, that is the answer</returns>
    public Result<NodeRecord> Find(NodeId parent, ReadOnlyMemory<byte> name) => _core.Nodes.Find(parent, name);

    /// <summary>The children of a directory in the order of their names' bytes.</summary>
    /// <param name="parent">the directory</param>
    /// <param name="after">the name after which to begin; empty = from the first</param>
    /// <param name="limit">at most so many</param>
    public Result<IReadOnlyList<NodeRecord>> Children(NodeId parent, ReadOnlyMemory<byte> after = default, int limit = Batch)
    {
        if (!after.IsEmpty)
            _core.Database.GiveWay(); // it goes on in a long directory
        return _core.Nodes.Children(parent, after, limit);
    }

    /// <summary>Puts one record over the one of the same id. Content of another version than its own is outdated by this.</summary>
    /// <returns>zero; EEXIST where another id has that name: remove that one first</returns>
    public Errno Put(NodeRecord record) => Put([record]);

    /// <summary>As <see cref="Put(NodeRecord)"/>, for a listing of any length.</summary>
    /// <remarks>
    /// INVARIANT: an id or a version that a driver was told of is known after kill -9 of arlad: so the records are committed before
    /// anyone can be told. (A power cut may take them from the disk, but takes the drivers as well.) An index disk that is full
    /// keeps them in memory.
    /// </remarks>
    public Errno Put(IReadOnlyList<NodeRecord> records)
    {
        foreach (NodeRecord[] batch in records.Chunk(Batch))
        {
            if (!_core.Nodes.Put(Id, batch, _core.Second).TryGet(out IReadOnlyList<ContentKey>? stale, out Errno failed))
                return failed;
            MarkStale([.. stale, .. LiveOthers(batch.ToDictionary(record => record.Id, record => record.Version))]);
            if (batch.Length == Batch)
                _core.Database.GiveWay();
        }
        return records.Count > 0 && _core.Database.Commit() is var committed && committed != Errno.ENOSPC ? committed : 0;
    }

    /// <summary>Removes a node and all beneath it. Content that is open stays until its last hold ends.</summary>
    /// <returns>the ids that are gone, the node's own first</returns>
    public Result<IReadOnlyList<NodeId>> Remove(NodeId node)
    {
        List<ContentKey> stale = [];
        Result<IReadOnlyList<NodeId>> gone = _core.Nodes.Remove(node, stale);
        if (gone.IsOk)
            MarkStale([.. stale, .. LiveOthers(gone.Value.ToDictionary(id => id, _ => 0ul))]);
        return gone;
    }

    /// <summary>A node's id and the ids of all that is known beneath it.</summary>
    public Result<IReadOnlyList<NodeId>> Subtree(NodeId top) => _core.Nodes.Subtree(top);

    /// <summary>Drops the blocks of one version, in use or not, but for those that a fetch is under way in. Versions and nodes stay.</summary>
    /// <returns>bytes that came free</returns>
    public long Flush(NodeId node, ulong version)
    {
        Content content = HoldForUpkeep(new ContentKey(node, version));
        long freed = content.DropAll();
        content.Release();
        return freed;
    }

    /// <summary>Drivers read blocks of these nodes: they are reclaimed later than others.</summary>
    public void Accessed(IEnumerable<NodeId> nodes) => _core.Committer.Used(nodes);

    // Contents in use that are not in the index yet, of versions other than these.
    private List<ContentKey> LiveOthers(Dictionary<NodeId, ulong> current)
    {
        lock (_gate)
            return [.. _live.Keys.Where(key => current.TryGetValue(key.Node, out ulong version) && version != key.Version)];
    }

    /// <summary>What the index holds of this volume.</summary>
    public CacheUsage Usage => _core.Nodes.Usage(Id) is { IsOk: true } usage ? usage.Value : default;
}
