using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache;

/// <summary>What is cached of one volume: its nodes, and the contents of their versions. Knows nothing of origins and mounts.</summary>
/// <remarks>Members that take time only for the disk are synchronous. A change to a node is seen by the next reader at once.</remarks>
internal sealed partial class CacheVolume
{
    private const int MaxVouched = 100_000;

    private readonly CacheCore _core;
    private readonly Lock _gate = new();
    private readonly Dictionary<ContentKey, Content> _live = []; // guarded by _gate; contents that are held
    private readonly HashSet<(ulong Generation, long Block)> _vouched = []; // guarded by _gate; blocks that were checked since the start
    private ulong _epoch; // guarded by _gate

    internal CacheVolume(CacheCore core, VolumeRow row, bool checksums, IBlockDisk disk, ulong epoch)
    {
        (_core, Disk, _epoch) = (core, disk, epoch);
        (Id, Name, Root, Geometry, Checksums) = (row.Id, row.Name, row.Root, new Geometry(row.BlockSize), checksums);
    }

    /// <summary>The row of the volume in the index.</summary>
    public long Id { get; }

    public string Name { get; }

    /// <summary>The id of its top directory: given before there is a record of it.</summary>
    public NodeId Root { get; }

    public Geometry Geometry { get; }

    /// <summary>Each page's bytes are checked when they are first relied on after arlad's start.</summary>
    public bool Checksums { get; internal set; }

    /// <summary>Where the block files are: what a driver is handed.</summary>
    public SafeFd Directory => Disk.Directory;

    public IBlockDisk Disk { get; }

    /// <summary>Told of a version that has just become whole in one file, with no lock held. Set once, before anything is filled.</summary>
    public Action<Content>? BecameWhole { get; set; }

    /// <summary>Raised by each invalidation, never lowered, kept over restarts.</summary>
    public ulong Epoch
    {
        get
        {
            lock (_gate)
                return _epoch;
        }
    }

    /// <summary>The next epoch; it is on the disk when this returns. Takes a sync of the disk: raise it once for many nodes.</summary>
    /// <returns>the epoch; ENOSPC or EIO when the disk does not take it: then the invalidation must not count as done</returns>
    public Result<ulong> RaiseEpoch()
    {
        Result<ulong> raised = _core.Numbers.RaiseEpoch(CacheDirectory.NameOf(Name));
        if (!raised.IsOk)
            return raised;
        lock (_gate)
            _epoch = Math.Max(_epoch, raised.Value);
        return raised;
    }

    /// <summary>Mounts that may hold tokens: written when one comes or goes for good, read at the next start.</summary>
    public IReadOnlyList<string> KnownMounts => _core.Mounts.Of(CacheDirectory.NameOf(Name));

    /// <summary>Replaces <see cref="KnownMounts"/>; it is on the disk when this returns zero.</summary>
    public Errno KeepMounts(IEnumerable<string> ids) => _core.Mounts.Set(CacheDirectory.NameOf(Name), ids);

    /// <summary>A content by its version, held: the caller gives it back with <see cref="Content.Release"/>.</summary>
    /// <param name="node">whose content</param>
    /// <param name="version">its current one, or one that somebody holds</param>
    /// <param name="size">bytes of that version</param>
    public Content Hold(NodeId node, ulong version, long size)
    {
        lock (_gate)
        {
            Content content = HoldLocked(new ContentKey(node, version), size);
            content.Size = size;
            return content;
        }
    }

    /// <summary>As <see cref="Hold"/>, where the index must know the version: of an open file after arlad's restart.</summary>
    /// <returns>ENOENT where nothing of this version is cached</returns>
    public Result<Content> HoldKnown(NodeId node, ulong version)
    {
        var key = new ContentKey(node, version);
        lock (_gate)
        {
            if (_live.ContainsKey(key))
                return HoldLocked(key, 0);
            return _core.Blocks.SizeOf(key).TryGet(out long size, out Errno failed) ? HoldLocked(key, size) : failed;
        }
    }

    internal Content HoldForUpkeep(ContentKey key)
    {
        lock (_gate)
            return HoldLocked(key, _live.ContainsKey(key) ? 0 : _core.Blocks.SizeOf(key) is { IsOk: true } size ? size.Value : 0);
    }

    internal void Keep(Content content)
    {
        lock (_gate)
            content.Holds++;
    }

    internal void Release(Content content)
    {
        bool isLast;
        lock (_gate)
        {
            isLast = --content.Holds == 0;
            if (isLast && content.IsStale)
                content.Holds++; // kept in sight while its blocks go
            else if (isLast)
                _live.Remove(content.Key);
        }
        if (isLast && content.IsStale)
            DropStale(content);
        else if (isLast)
            content.End();
    }

    /// <summary>Contents that are not any node's current version: dropped now, or with their last hold.</summary>
    internal void MarkStale(IEnumerable<ContentKey> contents)
    {
        foreach (ContentKey key in contents)
        {
            Content content = HoldForUpkeep(key);
            lock (_gate)
                content.IsStale = true;
            content.Release();
        }
    }

    internal bool IsVouched(ulong generation, long block)
    {
        lock (_gate)
            return generation >= _core.Numbers.Start || _vouched.Contains((generation, block));
    }

    internal void SetVouched(ulong generation, long block)
    {
        lock (_gate)
        {
            if (_vouched.Count >= MaxVouched)
                _vouched.Clear(); // they are checked once more: time, not harm
            _vouched.Add((generation, block));
        }
    }

    private Content HoldLocked(ContentKey key, long size)
    {
        if (!_live.TryGetValue(key, out Content? content))
            _live[key] = content = new Content(this, _core, key, size);
        content.Holds++;
        return content;
    }

    private void DropStale(Content content)
    {
        content.DropAll();
        bool isForgotten;
        lock (_gate)
        {
            isForgotten = --content.Holds == 0;
            if (isForgotten)
                _live.Remove(content.Key);
        }
        if (isForgotten)
            content.End();
        // What a kernel reads by itself stays until that has ended, and the version with it: reclaim or the next pass takes it.
        if (isForgotten && _core.Blocks.First(content.Key).Errno == Errno.ENOENT)
            _core.Blocks.Drop(content.Key);
    }
}
