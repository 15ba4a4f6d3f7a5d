using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>The volumes that the cache ever held.</summary>
internal sealed class VolumeTable
{
    private readonly Database _database;
    private readonly Statement _find, _get, _add, _cut, _forget, _forgetContents, _totals, _ids;

    public VolumeTable(Database database)
    {
        _database = database;
        _find = database.Prepare("SELECT id, name, block_size, root, proof FROM volumes WHERE name = ?");
        _get = database.Prepare("SELECT id, name, block_size, root, proof FROM volumes WHERE id = ?");
        _add = database.Prepare("INSERT INTO volumes(name, block_size, root, proof) VALUES(?, ?, ?, ?)");
        _cut = database.Prepare("UPDATE volumes SET block_size = ?, proof = ? WHERE id = ?");
        _forget = database.Prepare("DELETE FROM blocks WHERE volume = ?");
        _forgetContents = database.Prepare("DELETE FROM contents WHERE volume = ?");
        _ids = database.Prepare("SELECT id FROM volumes ORDER BY id");
        _totals = database.Prepare("SELECT coalesce(sum(nodes), 0), coalesce(sum(blocks), 0), coalesce(sum(bytes), 0), coalesce(sum(pinned), 0) FROM volumes");
    }

    /// <summary>Looks at every row: there are few, and nothing goes on without them.</summary>
    public Errno Check()
    {
        if (!Ids().TryGet(out IReadOnlyList<long>? ids, out Errno failed))
            return failed;
        return ids.Select(id => Get(id).Errno).FirstOrDefault(errno => errno != 0);
    }

    public Result<VolumeRow> Find(string name) => _database.Read(() => One(_find.With(name)));

    public Result<VolumeRow> Get(long id) => _database.Read(() => One(_get.With(id)));

    public Result<IReadOnlyList<long>> Ids() => _database.Read<IReadOnlyList<long>>(() =>
    {
        List<long> ids = [];
        while (_ids.Step())
            ids.Add(_ids.Long(0));
        return ids;
    });

    public Errno Add(string name, int blockSize, NodeId root) =>
        _database.Write(() => _add.With(name).With(blockSize).With(root.Value).With((long)VolumeRow.Proof(name, blockSize, root)).Run());

    /// <summary>Another block size makes every block of the volume meaningless: their rows go now, their files with the sweep.</summary>
    public Errno Cut(VolumeRow row, int blockSize) => _database.Write(() =>
    {
        _forget.With(row.Id).Run();
        _forgetContents.With(row.Id).Run();
        _cut.With(blockSize).With((long)VolumeRow.Proof(row.Name, blockSize, row.Root)).With(row.Id).Run();
    });

    /// <summary>What the whole index adds up to.</summary>
    public Result<CacheUsage> Totals() => _database.Read<CacheUsage>(() =>
    {
        _totals.Step();
        var usage = new CacheUsage(_totals.Long(0), _totals.Long(1), _totals.Long(2), _totals.Long(3));
        _totals.Reset();
        return usage;
    });

    private static Result<VolumeRow> One(Statement row)
    {
        if (!row.Step())
            return Errno.ENOENT;
        var volume = new VolumeRow(row.Long(0), row.Text(1), (int)row.Long(2), new NodeId(row.ULong(3)));
        bool isSound = row.Long(4) == VolumeRow.Proof(volume.Name, volume.BlockSize, volume.Root) && Geometry.IsValid(volume.BlockSize);
        row.Reset();
        return isSound ? volume : throw new IndexException(SQLitePCL.raw.SQLITE_CORRUPT, $"the row of volume {volume.Id} does not prove itself");
    }
}
