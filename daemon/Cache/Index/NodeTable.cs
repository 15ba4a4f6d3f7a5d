using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>The nodes of all volumes. Knows nothing of blocks but that a version's content is stale once the node has another.</summary>
internal sealed class NodeTable
{
    private const string Columns = "id, parent, name, kind, size, version, facts";

    private readonly Database _database;
    private readonly Statement _get, _find, _children, _put, _stale, _remove, _subtree, _seen, _usage, _forgettable;

    public NodeTable(Database database)
    {
        _database = database;
        _get = database.Prepare($"SELECT {Columns} FROM nodes WHERE id = ?");
        _find = database.Prepare($"SELECT {Columns} FROM nodes WHERE parent = ? AND name = ?");
        _children = database.Prepare($"SELECT {Columns} FROM nodes WHERE parent = ? AND name > ? ORDER BY name LIMIT ?");
        _put = database.Prepare("""
            INSERT INTO nodes(id, volume, parent, name, kind, size, version, listed, seen, facts, pinned)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, coalesce((SELECT 2 FROM nodes WHERE id = ?3 AND pinned = 2), 0))
            ON CONFLICT(id) DO UPDATE SET parent = excluded.parent, name = excluded.name, kind = excluded.kind, size = excluded.size,
                version = excluded.version, listed = excluded.listed, seen = excluded.seen, facts = excluded.facts
            """);
        _stale = database.Prepare("UPDATE contents SET stale = 1 WHERE node = ? AND version <> ? AND stale = 0 RETURNING version");
        _remove = database.Prepare("DELETE FROM nodes WHERE id = ?");
        _subtree = database.Prepare("""
            WITH RECURSIVE beneath(id) AS (VALUES(?1) UNION SELECT n.id FROM nodes n JOIN beneath b ON n.parent = b.id)
            SELECT id FROM beneath
            """);
        _seen = database.Prepare("UPDATE nodes SET seen = ? WHERE id = ?");
        _forgettable = database.Prepare("""
            SELECT n.id, n.volume FROM nodes n WHERE n.listed = 1
                AND NOT EXISTS (SELECT 1 FROM nodes c WHERE c.parent = n.id AND c.id <> n.id AND (c.pinned > 0 OR c.listed = 1))
                AND NOT EXISTS (SELECT 1 FROM nodes c JOIN nodes g ON g.parent = c.id WHERE c.parent = n.id AND c.id <> n.id AND g.id <> c.id)
            ORDER BY n.seen LIMIT 32 OFFSET ?
            """);
        _usage = database.Prepare("SELECT nodes, blocks, bytes, pinned FROM volumes WHERE id = ?");
    }

    /// <returns>ENOENT for an id that the index does not have; EIO for a damaged row</returns>
    public Result<NodeRecord> Get(NodeId id) => _database.Read(() => One(_get.With(id.Value)));

    /// <returns>ENOENT where the index has no such name</returns>
    public Result<NodeRecord> Find(NodeId parent, ReadOnlyMemory<byte> name) =>
        _database.Read(() => One(_find.With(parent.Value).With(name.Span)));

    /// <summary>The children of a directory in the order of their names' bytes, after <paramref name="after"/>.</summary>
    public Result<IReadOnlyList<NodeRecord>> Children(NodeId parent, ReadOnlyMemory<byte> after, int limit) =>
        _database.Read<IReadOnlyList<NodeRecord>>(() =>
        {
            List<NodeRecord> children = [];
            _children.With(parent.Value).With(after.Span).With(limit);
            while (_children.Step())
            {
                if (TryRecord(_children, out NodeRecord record))
                    children.Add(record);
            }
            return children;
        });

    /// <summary>Puts records, each over the one of the same id.</summary>
    /// <returns>the contents that are stale by this; EEXIST where another id has the name</returns>
    public Result<IReadOnlyList<ContentKey>> Put(long volume, ReadOnlySpan<NodeRecord> records, long second)
    {
        List<ContentKey> stale = [];
        NodeRecord[] batch = records.ToArray();
        Errno failed = _database.Write(() =>
        {
            foreach (NodeRecord record in batch)
                PutOne(volume, record, second, stale);
        });
        return failed == 0 ? stale : failed;
    }

    /// <summary>Removes a node and all beneath it.</summary>
    /// <returns>the ids that are gone</returns>
    public Result<IReadOnlyList<NodeId>> Remove(NodeId top, List<ContentKey> stale)
    {
        Result<IReadOnlyList<NodeId>> gone = Subtree(top);
        if (!gone.IsOk)
            return gone;
        Errno failed = _database.Write(() =>
        {
            foreach (NodeId node in gone.Value)
            {
                _remove.With(node.Value).Run();
                Stale(node, 0, stale);
            }
        });
        return failed == 0 ? gone : failed;
    }

    /// <summary>A node's id and the ids of all beneath it.</summary>
    public Result<IReadOnlyList<NodeId>> Subtree(NodeId top) => _database.Read<IReadOnlyList<NodeId>>(() =>
    {
        List<NodeId> nodes = [];
        _subtree.With(top.Value);
        while (_subtree.Step())
            nodes.Add(new NodeId(_subtree.ULong(0)));
        return nodes;
    });

    public Errno Seen(IReadOnlyList<NodeId> nodes, long second) => _database.Write(() =>
    {
        foreach (NodeId node in nodes)
            _seen.With(second).With(node.Value).Run();
    });

    /// <summary>Listed directories with no grandchildren and no pinned child, least recently used first: at most 32.</summary>
    public Result<IReadOnlyList<(NodeId Directory, long Volume)>> Forgettable(int skip) =>
        _database.Read<IReadOnlyList<(NodeId Directory, long Volume)>>(() =>
        {
            List<(NodeId Directory, long Volume)> directories = [];
            _forgettable.With(skip);
            while (_forgettable.Step())
                directories.Add((new NodeId(_forgettable.ULong(0)), _forgettable.Long(1)));
            return directories;
        });

    /// <summary>What the rows of one volume add up to.</summary>
    public Result<CacheUsage> Usage(long volume) => _database.Read<CacheUsage>(() =>
    {
        if (!_usage.With(volume).Step())
            return Errno.ENOENT;
        var usage = new CacheUsage(_usage.Long(0), _usage.Long(1), _usage.Long(2), _usage.Long(3));
        _usage.Reset();
        return usage;
    });

    private void PutOne(long volume, NodeRecord record, long second, List<ContentKey> stale)
    {
        _put.With(record.Id.Value).With(volume).With(record.Parent.Value).With(record.Name.Span).With((long)record.Facts.Kind)
            .With(record.Facts.Size).With(record.Version).With(record.Listing is null ? 0L : 1).With(second).With(NodeFacts.Encode(record)).Run();
        Stale(record.Id, record.Version, stale);
    }

    private void Stale(NodeId node, ulong current, List<ContentKey> stale)
    {
        _stale.With(node.Value).With(current);
        while (_stale.Step())
            stale.Add(new ContentKey(node, _stale.ULong(0)));
    }

    private static Result<NodeRecord> One(Statement statement)
    {
        if (!statement.Step())
            return Errno.ENOENT;
        bool isSound = TryRecord(statement, out NodeRecord record);
        statement.Reset();
        return isSound ? record : Errno.EIO;
    }

    private static bool TryRecord(Statement row, out NodeRecord record) => NodeFacts.TryDecode(
        new NodeRow(new NodeId(row.ULong(0)), new NodeId(row.ULong(1)), row.Bytes(2).ToArray(), (OriginKind)row.Long(3), row.Long(4), row.ULong(5)),
        row.Bytes(6), out record);
}
