using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>The volumes that the cache ever held.</summary>
internal sealed class VolumeTable
{
    private readonly Database _database;
    private readonly Statement _find, _get, _add, _cut, _forget, _forgetContents, _totals;

    public VolumeTable(Database database)
    {
        _database = database;
        _find = database.Prepare("SELECT id, name, block_size, root FROM volumes WHERE name = ?");
        _get = database.Prepare("SELECT id, name, block_size, root FROM volumes WHERE id = ?");
        _add = database.Prepare("INSERT INTO volumes(name, block_size, root) VALUES(?, ?, ?)");
        _cut = database.Prepare("UPDATE volumes SET block_size = ? WHERE id = ?");
        _forget = database.Prepare("DELETE FROM blocks WHERE volume = ?");
        _forgetContents = database.Prepare("DELETE FROM contents WHERE volume = ?");
        _totals = database.Prepare("SELECT coalesce(sum(nodes), 0), coalesce(sum(blocks), 0), coalesce(sum(bytes), 0), coalesce(sum(pinned), 0) FROM volumes");
    }

    public Result<VolumeRow> Find(string name) => _database.Read(() => One(_find.With(name)));

    public Result<VolumeRow> Get(long id) => _database.Read(() => One(_get.With(id)));

    public Errno Add(string name, int blockSize, NodeId root) =>
        _database.Write(() => _add.With(name).With(blockSize).With(root.Value).Run());

    /// <summary>Another block size makes every block of the volume meaningless: their rows go now, their files with the sweep.</summary>
    public Errno Cut(long id, int blockSize) => _database.Write(() =>
    {
        _forget.With(id).Run();
        _forgetContents.With(id).Run();
        _cut.With(blockSize).With(id).Run();
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
        long blockSize = row.Long(2);
        var volume = new VolumeRow(row.Long(0), row.Text(1), Geometry.IsValid(blockSize) ? (int)blockSize : Geometry.DefaultBlockSize, new NodeId(row.ULong(3)));
        row.Reset();
        return volume;
    }
}
