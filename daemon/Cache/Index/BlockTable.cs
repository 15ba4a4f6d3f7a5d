using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>Which blocks are on the disk, and in what order they would be missed least.</summary>
internal sealed class BlockTable
{
    private const string Columns = "node, version, block, generation, map, bytes, checksums, proof, run";

    private readonly Database _database;
    private readonly Statement _get, _put, _remove, _of, _first, _last, _run, _removeRun, _spareRun, _newest, _oldest, _after, _used, _content, _drop, _stale, _spare, _size;

    public BlockTable(Database database)
    {
        _database = database;
        _get = database.Prepare($"SELECT {Columns} FROM blocks WHERE node = ? AND version = ? AND block = ?");
        _put = database.Prepare("""
            INSERT INTO blocks(node, version, block, volume, generation, map, bytes, used, checksums, proof, run, pinned)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, coalesce((SELECT 1 FROM nodes WHERE id = ?1 AND pinned > 0), 0))
            ON CONFLICT(node, version, block) DO UPDATE SET generation = excluded.generation, map = excluded.map, bytes = excluded.bytes,
                used = excluded.used, checksums = excluded.checksums, proof = excluded.proof, run = excluded.run
            """);
        _remove = database.Prepare("DELETE FROM blocks WHERE node = ? AND version = ? AND block = ? RETURNING bytes");
        _of = database.Prepare("SELECT block, volume FROM blocks WHERE node = ? AND version = ? AND block > ? ORDER BY block LIMIT 256");
        _first = database.Prepare("SELECT block FROM blocks WHERE node = ? AND version = ? AND block > ? ORDER BY block LIMIT 1");
        _last = database.Prepare("SELECT block FROM blocks WHERE node = ? AND version = ? AND block < ? ORDER BY block DESC LIMIT 1");
        _run = database.Prepare("SELECT block, map, bytes FROM blocks WHERE node = ? AND version = ? AND run = 1");
        _removeRun = database.Prepare("DELETE FROM blocks WHERE node = ? AND version = ? AND run = 1");
        _spareRun = database.Prepare("UPDATE blocks SET used = ? WHERE node = ? AND version = ? AND run = 1");
        _newest = database.Prepare("SELECT max(used) FROM blocks WHERE node = ? AND version = ? AND run = 1");
        _oldest = database.Prepare("""
            SELECT b.node, b.version, b.block, b.volume, b.used, b.generation, b.bytes, coalesce(c.used, 0), b.run FROM blocks b
            LEFT JOIN contents c ON c.node = b.node AND c.version = b.version
            WHERE b.pinned = 0 AND (b.used, b.generation) > (?, ?) ORDER BY b.used, b.generation LIMIT 128
            """);
        _after = database.Prepare("""
            SELECT node, version, block, volume, bytes FROM blocks WHERE (node, version, block) > (?, ?, ?) ORDER BY node, version, block LIMIT 64
            """);
        _used = database.Prepare("UPDATE contents SET used = ? WHERE node = ?");
        _spare = database.Prepare("UPDATE blocks SET used = ? WHERE node = ? AND version = ? AND block = ?");
        _content = database.Prepare("INSERT INTO contents(node, version, volume, size, proof, used, stale) VALUES(?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
        _size = database.Prepare("SELECT size, proof FROM contents WHERE node = ? AND version = ?");
        _drop = database.Prepare("DELETE FROM contents WHERE node = ? AND version = ?");
        _stale = database.Prepare("SELECT node, version FROM contents WHERE volume = ? AND stale = 1 LIMIT 256 OFFSET ?");
    }

    /// <returns>ENOENT where there is none; EIO where the row is damaged</returns>
    public Result<BlockRow> Get(ContentKey content, long block) => _database.Read<BlockRow>(() =>
    {
        _get.With(content.Node.Value).With(content.Version).With(block);
        if (!_get.Step())
            return Errno.ENOENT;
        var row = new BlockRow(content, block, _get.ULong(3), _get.ULong(4), _get.Long(5), _get.Bytes(6).ToArray(), _get.Long(8) != 0);
        bool isSound = _get.Long(7) == row.Proof
            && (row.Checksums.Length == 0 || row.Checksums.Length == 4 * System.Numerics.BitOperations.PopCount(row.Map));
        _get.Reset();
        return isSound ? row : Errno.EIO;
    });

    public Errno Put(long volume, long size, BlockRow row, bool isStale, long second) => _database.Write(() =>
    {
        (NodeId node, ulong version) = row.Content;
        _content.With(node.Value).With(version).With(volume).With(size).With(SizeProof(row.Content, size)).With(second).With(isStale ? 1L : 0).Run();
        _put.With(node.Value).With(version).With(row.Block).With(volume).With(row.Generation).With(row.Map).With(row.Bytes).With(second)
            .With(row.Checksums).With((long)row.Proof).With(row.InRun ? 1L : 0).Run();
    });

    /// <returns>bytes of a version that has, or had, a block here; ENOENT for any other</returns>
    public Result<long> SizeOf(ContentKey content) => _database.Read<long>(() =>
    {
        _size.With(content.Node.Value).With(content.Version);
        if (!_size.Step())
            return Errno.ENOENT;
        (long size, long proof) = (_size.Long(0), _size.Long(1));
        _size.Reset();
        return proof == SizeProof(content, size) ? size : Errno.ENOENT;
    });

    private static long SizeProof(ContentKey content, long size) =>
        Crc32C.Append(Crc32C.Append(Crc32C.Append(Crc32C.Empty, content.Node.Value), content.Version), (ulong)size);

    /// <returns>bytes that the row was counted with; 0: there is none</returns>
    public long Remove(ContentKey content, long block)
    {
        long bytes = 0;
        _database.Write(() =>
        {
            _remove.With(content.Node.Value).With(content.Version).With(block);
            bytes = _remove.Step() ? _remove.Long(0) : 0;
            _remove.Reset();
        });
        return bytes;
    }

    /// <summary>The blocks of one version after <paramref name="after"/>, at most 256.</summary>
    public Result<IReadOnlyList<BlockPlace>> Of(ContentKey content, long after) => _database.Read<IReadOnlyList<BlockPlace>>(() =>
    {
        List<BlockPlace> blocks = [];
        _of.With(content.Node.Value).With(content.Version).With(after);
        while (_of.Step())
            blocks.Add(new BlockPlace(content, _of.Long(0), _of.Long(1)));
        return blocks;
    });

    /// <summary>The first block of a version whose row is sound. Either all of them lie in its run, or none does.</summary>
    /// <returns>ENOENT: there is none</returns>
    public Result<BlockRow> First(ContentKey content) => End(_first, content, -1);

    /// <summary>As <see cref="First"/>, the last one.</summary>
    public Result<BlockRow> Last(ContentKey content) => End(_last, content, long.MaxValue);

    private Result<BlockRow> End(Statement end, ContentKey content, long from)
    {
        while (true)
        {
            Result<long> block = _database.Read<long>(() =>
            {
                end.With(content.Node.Value).With(content.Version).With(from);
                if (!end.Step())
                    return Errno.ENOENT;
                long found = end.Long(0);
                end.Reset();
                return found;
            });
            Result<BlockRow> row = block.IsOk ? Get(content, block.Value) : block.Errno;
            if (!block.IsOk || row.Errno != Errno.EIO)
                return row;
            from = block.Value; // a damaged row says nothing of the others: it goes when its block is looked at
        }
    }

    /// <summary>The blocks of a version's run, with their maps and bytes: what is only counted, without the proofs.</summary>
    public Result<Dictionary<long, (ulong Map, long Bytes)>> Run(ContentKey content) => _database.Read<Dictionary<long, (ulong Map, long Bytes)>>(() =>
    {
        Dictionary<long, (ulong Map, long Bytes)> blocks = [];
        _run.With(content.Node.Value).With(content.Version);
        while (_run.Step())
            blocks[_run.Long(0)] = (_run.ULong(1), _run.Long(2));
        return blocks;
    });

    public Errno RemoveRun(ContentKey content) =>
        _database.Write(() => _removeRun.With(content.Node.Value).With(content.Version).Run());

    /// <returns>the second of the last use of any block of a version's run</returns>
    public Result<long> NewestOfRun(ContentKey content) => _database.Read<long>(() =>
    {
        _newest.With(content.Node.Value).With(content.Version);
        long newest = _newest.Step() ? _newest.Long(0) : 0;
        _newest.Reset();
        return newest;
    });

    /// <summary>As <see cref="Spare"/>, of all blocks of a run.</summary>
    public Errno SpareRun(ContentKey content, long second) =>
        _database.Write(() => _spareRun.With(second).With(content.Node.Value).With(content.Version).Run());

    /// <summary>Blocks that are not pinned, least recently used first, after the given place in that order.</summary>
    public Result<IReadOnlyList<BlockAge>> Oldest(long used, ulong generation) => _database.Read<IReadOnlyList<BlockAge>>(() =>
    {
        List<BlockAge> blocks = [];
        _oldest.With(used).With(generation);
        while (_oldest.Step())
        {
            var content = new ContentKey(new NodeId(_oldest.ULong(0)), _oldest.ULong(1));
            blocks.Add(new BlockAge(new BlockPlace(content, _oldest.Long(2), _oldest.Long(3)),
                _oldest.Long(4), _oldest.ULong(5), _oldest.Long(6), _oldest.Long(7), _oldest.Long(8) != 0));
        }
        return blocks;
    });

    /// <summary>All blocks in the order of their keys, after the given one, at most 64.</summary>
    public Result<IReadOnlyList<BlockPlace>> After(BlockPlace place) => _database.Read<IReadOnlyList<BlockPlace>>(() =>
    {
        List<BlockPlace> blocks = [];
        _after.With(place.Content.Node.Value).With(place.Content.Version).With(place.Block);
        while (_after.Step())
            blocks.Add(new BlockPlace(new ContentKey(new NodeId(_after.ULong(0)), _after.ULong(1)), _after.Long(2), _after.Long(3)));
        return blocks;
    });

    /// <summary>Notes the use of all versions of these nodes.</summary>
    public Errno Used(IReadOnlyList<NodeId> nodes, long second) => _database.Write(() =>
    {
        foreach (NodeId node in nodes)
            _used.With(second).With(node.Value).Run();
    });

    /// <summary>Moves a block back in the order of reclaim: its node was used since.</summary>
    public Errno Spare(BlockPlace place, long second) => _database.Write(() =>
        _spare.With(second).With(place.Content.Node.Value).With(place.Content.Version).With(place.Block).Run());

    /// <summary>Forgets a version that has no blocks any more.</summary>
    public Errno Drop(ContentKey content) => _database.Write(() => _drop.With(content.Node.Value).With(content.Version).Run());

    /// <summary>Versions that are not their nodes' current ones.</summary>
    public Result<IReadOnlyList<ContentKey>> Stale(long volume, int skip) => _database.Read<IReadOnlyList<ContentKey>>(() =>
    {
        List<ContentKey> contents = [];
        _stale.With(volume).With(skip);
        while (_stale.Step())
            contents.Add(new ContentKey(new NodeId(_stale.ULong(0)), _stale.ULong(1)));
        return contents;
    });
}
