using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Admin;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Daemon.Cache.Keeping;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache;

/// <summary>What arlad keeps on disk: an index of nodes and blocks, and the block files. One arlad to one directory.</summary>
/// <remarks>docs/cache.md tells the layout, the order of writes, and what a crash at each point leaves.</remarks>
internal sealed class CacheStore : ICacheAdmin, IAsyncDisposable
{
    private readonly CacheCore _core;
    private readonly CacheDirectory _directory;
    private readonly VolumeTable _table;
    private readonly Forgetter _forgetter;
    private readonly Upkeep _upkeep;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, CacheVolume> _volumes = []; // guarded by _gate; by row

    private CacheStore(CacheDirectory directory, CacheCore core)
    {
        (_directory, _core, _table) = (directory, core, core.Volumes);
        core.Database.Damaged = directory.MarkDamaged;
        core.Database.Room = () => Disk.Space(directory.Self) is { IsOk: true } space ? space.Value.Available : long.MaxValue;
        core.Mounts = new KnownMounts(directory.Self);
        core.Committer = new Committer(core);
        core.Reclaimer = new Reclaimer(core, VolumeOf, directory.Self);
        core.Transients = new TransientPool(core.Options.TransientBytes, core.Log, core.Time);
        core.Space.Use(_table.Totals() is { IsOk: true } totals ? totals.Value.Bytes : 0);
        _forgetter = new Forgetter(core, _table, VolumeOf);
        _upkeep = new Upkeep(core, _forgetter, new Sweep(core, Volumes), new Scrub(core, VolumeOf), directory.IndexPath);
    }

    /// <summary>Block files that are no more, whoever took them: the drivers of the volume must let go of them.</summary>
    /// <remarks>Raised in order, from one background task, with no lock held.</remarks>
    public event Action<CacheVolume, IReadOnlyList<ReclaimedBlock>>? BlocksReclaimed
    {
        add => _upkeep.BlocksReclaimed += value;
        remove => _upkeep.BlocksReclaimed -= value;
    }

    /// <summary>May change at any time; lower ones make room in the background.</summary>
    public CacheLimits Limits
    {
        get => _core.Space.Limits;
        set
        {
            _core.Space.Limits = value;
            _upkeep.Wake();
        }
    }

    public CacheStats Stats
    {
        get
        {
            CacheUsage totals = _table.Totals() is { IsOk: true } found ? found.Value : default;
            Counters counters = _core.Counters;
            return new CacheStats
            {
                Limits = Limits,
                Bytes = _core.Space.Used,
                ReservedBytes = _core.Space.Reserved,
                PinnedBytes = totals.PinnedBytes,
                TransientBytes = _core.Transients.Bytes,
                Nodes = totals.Nodes,
                Blocks = totals.Blocks,
                FilledPages = Volatile.Read(ref counters.FilledPages),
                ReclaimedBlocks = Volatile.Read(ref counters.ReclaimedBlocks),
                ReclaimedBytes = Volatile.Read(ref counters.ReclaimedBytes),
                DroppedNodes = Volatile.Read(ref counters.DroppedNodes),
                CheckedPages = Volatile.Read(ref counters.CheckedPages),
                DamagedPages = Volatile.Read(ref counters.DamagedPages),
                SweptFiles = Volatile.Read(ref counters.SweptFiles),
                Commits = Volatile.Read(ref counters.Commits),
            };
        }
    }

    /// <summary>Opens the cache of a directory, or begins one there.</summary>
    /// <param name="options">where and how</param>
    /// <param name="time">for recency, and for everything that happens by itself</param>
    /// <param name="log">takes what the user should know</param>
    /// <param name="store">the open cache</param>
    /// <param name="problem">cause and cure, for the user, where there is none</param>
    public static bool TryOpen(
        CacheOptions options, TimeProvider time, ILogger log, [NotNullWhen(true)] out CacheStore? store, out string problem)
    {
        store = null;
        if (CacheDirectory.Open(options.Directory, out problem) is not { } directory)
            return false;
        if (!Numbers.Open(directory.Self, time, out bool isNew).TryGet(out Numbers? numbers, out Errno failed))
        {
            problem = $"cannot write in the cache directory {options.Directory}: {failed}. Make room there, or give it to the user that arlad runs as.";
            directory.Dispose();
            return false;
        }
        if (OpenIndex(directory, index => new CacheCore(options, index, numbers, time, log), time, log, out problem) is not { } core)
        {
            directory.Dispose();
            return false;
        }
        if (isNew)
            log.CacheIsNew(options.Directory);
        store = new CacheStore(directory, core);
        store._upkeep.Start();
        return true;
    }

    /// <summary>
    /// The index was found damaged while arlad ran: what is in use is served on, nothing new is kept. The next start begins a new
    /// one.
    /// </summary>
    public bool IsDamaged => _core.Database.IsDamaged;

    /// <summary>A volume's part of the cache, made where it is not there. Another block size than before drops its blocks.</summary>
    /// <param name="name">as the configuration has it</param>
    /// <param name="geometry">how its files are cut</param>
    /// <param name="checksums">keep and check the sum of each page</param>
    public Result<CacheVolume> OpenVolume(string name, Geometry geometry, bool checksums)
    {
        lock (_gate)
        {
            Result<VolumeRow> row = _table.Find(name);
            if (row.Errno == Errno.ENOENT)
                row = Add(name, geometry);
            if (row.IsOk && row.Value.BlockSize != geometry.BlockSize)
                row = Cut(row.Value, geometry);
            if (!row.IsOk)
                return row.Errno;
            Result<CacheVolume> volume = Open(row.Value, checksums);
            if (volume.IsOk)
                volume.Value.Checksums = checksums;
            return volume;
        }
    }

    /// <summary>All that was marked filled, and every change to a node, before this call survives a power cut when it ends.</summary>
    public Task<Errno> FlushAsync() => _core.Committer.CommitAsync();

    /// <summary>Reclaims, least recently used first, until so many bytes came free or nothing is left that may go.</summary>
    /// <returns>bytes that came free</returns>
    public Task<long> ReclaimAsync(long bytes) => Task.Run(() => _core.Reclaimer.Free(bytes));

    /// <summary>Forgets nodes, least recently used first, where there are more than the limit says: the background does it, too.</summary>
    public Task<long> ForgetNodesAsync() => Task.Run(_forgetter.Keep);

    /// <summary>Looks for files and versions that nothing refers to, and for damaged pages; the background does it, too, slowly.</summary>
    internal Task CheckAsync() => _upkeep.CheckAsync();

    /// <summary>Commits what waits and closes. Contents that are still held must not be used any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _upkeep.DisposeAsync().ConfigureAwait(false);
        await _core.Committer.CommitAsync().ConfigureAwait(false);
        _core.Committer.Dispose();
        _core.Database.Dispose();
        lock (_gate)
        {
            foreach (CacheVolume volume in _volumes.Values)
                volume.Disk.Dispose();
            _volumes.Clear();
        }
        _directory.Dispose();
    }

    /// <summary>A volume by its row, configured now or not: its blocks take space either way.</summary>
    internal CacheVolume? VolumeOf(long id)
    {
        lock (_gate)
        {
            if (_volumes.TryGetValue(id, out CacheVolume? volume))
                return volume;
            return _table.Get(id) is { IsOk: true } row && Open(row.Value, checksums: false) is { IsOk: true } opened ? opened.Value : null;
        }
    }

    private IReadOnlyList<CacheVolume> Volumes()
    {
        foreach (long id in _table.Ids() is { IsOk: true } ids ? ids.Value : [])
            VolumeOf(id);
        lock (_gate)
            return [.. _volumes.Values];
    }

    // Anything that SQLite says at this point but "full" or "cannot open" means that the file is not to be trusted.
    private static CacheCore? OpenIndex(
        CacheDirectory directory, Func<Database, CacheCore> compose, TimeProvider time, ILogger log, out string problem)
    {
        if (directory.IsMarkedDamaged)
            log.IndexSetAside(directory.SetIndexAside(time), "found by the last run");
        for (int attempt = 0; attempt < 2; attempt++)
        {
            Database? index = null;
            try
            {
                problem = "";
                index = IndexFile.Open(directory.IndexPath, log);
                return compose(index);
            }
            catch (IndexException failure) when (attempt == 0 && failure.Code is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_ERROR)
            {
                index?.Dispose();
                log.IndexSetAside(directory.SetIndexAside(time), failure.Message);
            }
            catch (IndexException failure)
            {
                index?.Dispose();
                problem = $"cannot open the index {directory.IndexPath}: {failure.Message}. It needs room on the disk, and to be writable for the user that arlad runs as.";
                return null;
            }
        }
        problem = $"cannot open the index {directory.IndexPath}.";
        return null;
    }

    private Result<VolumeRow> Add(string name, Geometry geometry)
    {
        if (!_core.Numbers.Next().TryGet(out ulong root, out Errno failed))
            return failed;
        failed = _table.Add(name, geometry.BlockSize, new NodeId(root));
        if (failed == 0)
            failed = _core.Database.Commit(); // mounts know the root's id from now on: it must outlive this process
        return failed == 0 ? _table.Find(name) : failed;
    }

    private Result<VolumeRow> Cut(VolumeRow row, Geometry geometry)
    {
        if (_volumes.ContainsKey(row.Id))
            return Errno.EBUSY;
        long before = _table.Totals() is { IsOk: true } totals ? totals.Value.Bytes : 0;
        Errno failed = _table.Cut(row, geometry.BlockSize);
        _core.Space.Use((_table.Totals() is { IsOk: true } after ? after.Value.Bytes : before) - before);
        return failed == 0 ? row with { BlockSize = geometry.BlockSize } : failed;
    }

    // Holds _gate.
    private Result<CacheVolume> Open(VolumeRow row, bool checksums)
    {
        if (_volumes.TryGetValue(row.Id, out CacheVolume? volume))
            return volume;
        if (!_directory.OpenVolume(row.Name, _core.Options.DirectoryMode).TryGet(out SafeFd? directory, out Errno failed)
            || !_core.Numbers.Epoch(CacheDirectory.NameOf(row.Name)).TryGet(out ulong epoch, out failed))
            return failed;
        IBlockDisk disk = new BlockDisk(directory, _core.Options.FileMode, _core.Options.DirectoryMode);
        volume = new CacheVolume(_core, row, checksums, _core.Options.WrapDisk?.Invoke(disk) ?? disk, epoch);
        return _volumes[row.Id] = volume;
    }
}
