using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>One version of one node's content: which pages are there, and the way in for those that are not.</summary>
/// <remarks>
/// Fill-only: a page that is filled is never written again. Whoever uses it holds it (<see cref="CacheVolume.Hold"/>) and
/// lets go with <see cref="Release"/>. It knows nothing of origins, waiters and drivers.
/// LOCK ORDER: Block.Writing, then _runWriting (a leaf); Block.Writing, then _gate, then the index's gate, then Space.
/// </remarks>
internal sealed partial class Content
{
    private const int MaxIdleBlocks = 1024;

    private readonly CacheVolume _volume;
    private readonly CacheCore _core;
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Block> _blocks = []; // guarded by _gate; blocks that are looked at or worked on

    internal Content(CacheVolume volume, CacheCore core, ContentKey key, long size) =>
        (_volume, _core, Key, Size) = (volume, core, key, size);

    public ContentKey Key { get; }

    /// <summary>Bytes of this version.</summary>
    public long Size { get; internal set; }

    public CacheVolume Volume => _volume;

    public Geometry Geometry => _volume.Geometry;

    /// <summary>Uses of this object; guarded by the volume's gate.</summary>
    internal int Holds { get; set; }

    /// <summary>The node has another version, or is gone: dropped with the last hold. Guarded by the volume's gate.</summary>
    internal bool IsStale { get; set; }

    /// <summary>Ends one hold. The content of an outdated version is dropped with its last one.</summary>
    public void Release() => _volume.Release(this);

    /// <summary>One more hold, by who has one.</summary>
    public void Hold() => _volume.Keep(this);

    /// <summary>Ends a hold where the caller is within this content's gate.</summary>
    internal void ReleaseLater() => ThreadPool.QueueUserWorkItem(static content => content.Release(), this, preferLocal: false);

    /// <summary>Nobody holds it any more, and nobody finds it: what only this object counted is not counted any more.</summary>
    internal void End()
    {
        lock (_gate)
        {
            _core.Space.Use(-_left.Values.Sum(left => left.Bytes));
            _left.Clear();
        }
    }

    /// <summary>What is filled of one block. The first look after arlad's start checks what the index claims.</summary>
    public BlockState StateOf(long block)
    {
        lock (_gate)
            return Find(block) is { } found ? new BlockState(found.Map == 0 ? 0 : found.Generation, found.Map, found.InRun) : default;
    }

    /// <summary>As <see cref="StateOf"/>, and the file is really there: for what a driver asks for although it was told.</summary>
    public BlockState Vouch(long block)
    {
        lock (_gate)
        {
            if (Find(block) is not { Map: not 0 } found)
                return default;
            if (!found.IsTransient)
            {
                if (!OpenChecked(block, found).TryGet(out SafeFd? file, out _))
                    return default;
                file.Dispose();
            }
            return new BlockState(found.Generation, found.Map, found.InRun);
        }
    }

    /// <summary>
    /// As <see cref="Vouch"/>, for all blocks that the range [offset, offset + length) touches: what is not sound is no more when
    /// this returns.
    /// </summary>
    public void Vouch(long offset, long length)
    {
        long end = Math.Min(offset + length, Size);
        for (long block = Geometry.BlockOf(offset); block * Geometry.BlockSize < end; block++)
            Vouch(block);
    }

    /// <summary>As <see cref="Vouch(long)"/>, but nothing is said of a block whose bytes would have to be read and checked first.</summary>
    public BlockState VouchIfChecked(long block)
    {
        lock (_gate)
        {
            if (!_blocks.ContainsKey(block) && LoadUnchecked(block) is { Sums: not null } loaded && !_volume.IsVouched(loaded.Generation, block))
                return default;
        }
        return Vouch(block);
    }

    /// <summary>Every page that the range [offset, offset + length) touches is filled; a range past the end counts up to the end.</summary>
    public bool IsFilled(long offset, long length)
    {
        long end = Math.Min(offset + length, Size);
        for (long block = Geometry.BlockOf(offset); block * Geometry.BlockSize < end; block++)
        {
            ulong wanted = Geometry.MaskOf(block, offset, end - offset);
            if ((StateOf(block).Map & wanted) != wanted)
                return false;
        }
        return true;
    }

    /// <summary>A descriptor to read one block with, for a driver that cannot open it by name.</summary>
    /// <returns>ENOENT where that generation is no more</returns>
    public Result<SafeFd> OpenForReading(long block, ulong generation)
    {
        lock (_gate)
        {
            if (Find(block) is not { Map: not 0 } found || found.Generation != generation)
                return Errno.ENOENT;
            return found.IsTransient
                ? Files.Reopen(found.File!, OpenModes.ReadOnly)
                : OpenChecked(block, found);
        }
    }

    /// <summary>Reads filled pages, for arlad's own use.</summary>
    /// <returns>bytes read, fewer than asked only at the end; ENODATA where a page is not filled</returns>
    public Result<int> Read(long offset, Span<byte> buffer)
    {
        int length = (int)Math.Max(Math.Min(buffer.Length, Size - offset), 0);
        if (!IsFilled(offset, length))
            return Errno.ENODATA;
        for (int done = 0; done < length;)
        {
            long block = Geometry.BlockOf(offset + done), within = (offset + done) % Geometry.BlockSize;
            int piece = (int)Math.Min(length - done, Geometry.BlockSize - within);
            BlockState state = StateOf(block);
            if (!OpenForReading(block, state.Generation).TryGet(out SafeFd? file, out Errno failed))
                return failed;
            using (file)
            {
                Result<int> read = Files.ReadAt(file, buffer.Slice(done, piece), state.InRun ? offset + done : within);
                if (!read.IsOk || read.Value != piece)
                    return read.IsOk ? Errno.EIO : read;
            }
            done += piece;
        }
        return length;
    }

    /// <summary>Bytes of the pages that are filled.</summary>
    public long FilledBytes()
    {
        Dictionary<long, ulong> maps = [];
        for (long after = -1; _core.Blocks.Of(Key, after) is { IsOk: true, Value: { Count: > 0 } rows };)
        {
            foreach (BlockPlace place in rows)
                maps[place.Block] = _core.Blocks.Get(Key, place.Block) is { IsOk: true } row ? row.Value.Map : 0;
            after = rows[^1].Block;
        }
        lock (_gate)
        {
            foreach ((long index, Block block) in _blocks)
                maps[index] = block.Map;
        }
        return maps.Sum(pair => BytesOf(pair.Key, pair.Value));
    }

    private long BytesOf(long block, ulong map)
    {
        long bytes = 0;
        for (; map != 0; map &= map - 1)
            bytes += PageLength(block, System.Numerics.BitOperations.TrailingZeroCount(map));
        return bytes;
    }

    /// <summary>Bytes of one page: the last one of the content may be short.</summary>
    private int PageLength(long block, int page) =>
        (int)Math.Clamp(Size - (block * Geometry.BlockSize) - ((long)page * Geometry.PageSize), 0, Geometry.PageSize);

    private BlockName NameOf(long index, Block block) => new(Key.Node, Key.Version, block.InRun ? BlockName.Run : index, block.Generation);

    // Where the block begins in its file.
    private long StartOf(long index, Block block) => block.InRun ? index * Geometry.BlockSize : 0;

    // Holds _gate. ENOENT: somebody removed, cut or replaced the file; what was known of it is dropped, and is fetched again. Where a
    // fetch is under way, the file that it writes is still open: it serves until the fetch has ended.
    private Result<SafeFd> OpenChecked(long index, Block block)
    {
        BlockName name = NameOf(index, block);
        Result<SafeFd> opened = _volume.Disk.Open(name, OpenModes.ReadOnly | OpenModes.NonBlock);
        if (opened.IsOk && IsWhole(index, block, opened.Value))
            return opened;
        if (opened.IsOk)
        {
            opened.Value.Dispose();
            _core.Log.BlockDamaged(name, "not a file that is long enough for its pages");
        }
        else
        {
            _core.Log.BlockMissing(name, opened.Errno);
        }
        Lose(index, block);
        block.IsDistrusted = true;
        return block is { IsGone: false, File: { } file } && Files.Reopen(file, OpenModes.ReadOnly) is { IsOk: true } reopened
            && IsWhole(index, block, reopened.Value) ? reopened : Errno.ENOENT;
    }

    // Holds _gate. A regular file that reaches to the end of its last filled page.
    private bool IsWhole(long index, Block block, SafeFd file)
    {
        int last = Geometry.PagesPerBlock - 1 - System.Numerics.BitOperations.LeadingZeroCount(block.Map);
        long length = last < 0 ? 0 : StartOf(index, block) + ((long)last * Geometry.PageSize) + PageLength(index, last);
        return Disk.Extent(file).TryGet(out FileExtent extent, out _) && extent.IsRegular && extent.Length >= length;
    }

    // Holds _gate. Null: there is nothing of this block.
    private Block? Find(long index)
    {
        if (_blocks.TryGetValue(index, out Block? block))
            return block;
        if (index < 0 || index >= Geometry.BlocksIn(Size) || Load(index) is not { } loaded)
            return null;
        Trim();
        _blocks[index] = loaded;
        return loaded;
    }

    // Holds _gate. A long file's blocks are not all kept: the index has them.
    private void Trim()
    {
        if (_blocks.Count < MaxIdleBlocks)
            return;
        foreach ((long index, Block block) in _blocks)
        {
            if (block.IsIdle)
                _blocks.Remove(index); // Dictionary allows this within its own enumeration
        }
    }
}
