using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>What reclaim must leave alone. A node's column says 0 = not pinned, 1 = itself, 2 = itself and all beneath it.</summary>
internal sealed class PinTable
{
    private const string Beneath =
        "WITH RECURSIVE beneath(id) AS (VALUES(?1) UNION SELECT n.id FROM nodes n JOIN beneath b ON n.parent = b.id) ";

    private readonly Database _database;
    private readonly Statement _add, _remove, _list, _beneath, _markNode, _markNodes, _markBlocks, _clearNodes, _clearBlocks, _parent, _wanted;

    public PinTable(Database database)
    {
        _database = database;
        _add = database.Prepare("INSERT INTO pins(node, volume, subtree) VALUES(?, ?, ?) ON CONFLICT(node) DO UPDATE SET subtree = excluded.subtree");
        _remove = database.Prepare("DELETE FROM pins WHERE node = ? RETURNING node");
        _list = database.Prepare("SELECT p.node FROM pins p JOIN nodes n ON n.id = p.node WHERE p.volume = ? ORDER BY p.node");
        _beneath = database.Prepare(Beneath + "SELECT node, subtree FROM pins WHERE node IN beneath");
        _markNode = database.Prepare("UPDATE nodes SET pinned = max(pinned, ?2) WHERE id = ?1");
        _markNodes = database.Prepare(Beneath + "UPDATE nodes SET pinned = 2 WHERE id IN beneath");
        _markBlocks = database.Prepare(
            Beneath + "UPDATE blocks SET pinned = 1 WHERE node IN (SELECT id FROM nodes WHERE pinned > 0 AND id IN beneath)");
        _clearNodes = database.Prepare(Beneath + "UPDATE nodes SET pinned = 0 WHERE id IN beneath");
        _clearBlocks = database.Prepare(Beneath + "UPDATE blocks SET pinned = 0 WHERE node IN beneath");
        _parent = database.Prepare("SELECT 1 FROM nodes n JOIN nodes p ON p.id = n.parent WHERE n.id = ? AND n.parent <> n.id AND p.pinned = 2");
        _wanted = database.Prepare("SELECT coalesce(sum(size), 0) FROM nodes WHERE pinned > 0");
    }

    public Errno Add(long volume, NodeId node, bool subtree) => _database.Write(() =>
    {
        _add.With(node.Value).With(volume).With(subtree ? 1L : 0).Run();
        Mark(node, subtree);
        _markBlocks.With(node.Value).Run();
    });

    /// <returns>zero; ENOENT where that very node is not pinned</returns>
    public Errno Remove(NodeId node)
    {
        bool isThere = false;
        Errno failed = _database.Write(() =>
        {
            isThere = _remove.With(node.Value).Step();
            _remove.Reset();
            if (isThere)
                Recount(node);
        });
        return failed != 0 ? failed : isThere ? 0 : Errno.ENOENT;
    }

    public Result<IReadOnlyList<NodeId>> List(long volume) => _database.Read<IReadOnlyList<NodeId>>(() =>
    {
        List<NodeId> pins = [];
        _list.With(volume);
        while (_list.Step())
            pins.Add(new NodeId(_list.ULong(0)));
        return pins;
    });

    /// <summary>Bytes of all files that are pinned, cached or not.</summary>
    public Result<long> Wanted() => _database.Read<long>(() =>
    {
        _wanted.Step();
        long bytes = _wanted.Long(0);
        _wanted.Reset();
        return bytes;
    });

    private void Mark(NodeId node, bool subtree)
    {
        if (subtree)
            _markNodes.With(node.Value).Run();
        else
            _markNode.With(node.Value).With(1L).Run();
    }

    // The pins above and beneath the one that went still hold.
    private void Recount(NodeId node)
    {
        _clearNodes.With(node.Value).Run();
        _clearBlocks.With(node.Value).Run();
        bool isBeneathPin = _parent.With(node.Value).Step();
        _parent.Reset();
        List<(NodeId Node, bool Subtree)> pins = isBeneathPin ? [(node, true)] : [];
        _beneath.With(node.Value);
        while (_beneath.Step())
            pins.Add((new NodeId(_beneath.ULong(0)), _beneath.Long(1) != 0));
        foreach ((NodeId pinned, bool subtree) in pins)
            Mark(pinned, subtree);
        _markBlocks.With(node.Value).Run();
    }
}
