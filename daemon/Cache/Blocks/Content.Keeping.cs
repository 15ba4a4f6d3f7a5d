using System.Buffers;
using System.Numerics;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>How blocks come back from the index, are committed to it, move to memory, and go.</summary>
internal sealed partial class Content
{
    /// <summary>Reclaims one block, or the run that it lies in, unless a fetch is under way in it, or a kernel reads its file by itself.</summary>
    /// <returns>bytes that came free; 0 where there was nothing to free</returns>
    internal long TryReclaim(long index)
    {
        lock (_gate)
        {
            Block? block = _blocks.GetValueOrDefault(index) ?? LoadUnchecked(index);
            if (block is null || block.Fills > 0)
                return 0;
            if (block.InRun)
                return TryReclaimRun();
            bool mayBeLent = !block.IsTransient && Geometry.BlocksIn(Size) == 1;
            SafeFd? taken = null;
            if (mayBeLent && TakeFile(NameOf(index, block), out taken) == Errno.EWOULDBLOCK)
                return 0;
            using (taken)
                return Drop(index, block);
        }
    }

    /// <summary>Reclaims all that no fetch is under way in and no kernel reads by itself.</summary>
    /// <returns>bytes that came free</returns>
    internal long DropAll()
    {
        long freed = TryReclaimRun();
        for (long after = -1; _core.Blocks.Of(Key, after) is { IsOk: true, Value: { Count: > 0 } rows };)
        {
            if (_core.Blocks.Get(Key, rows[0].Block) is { IsOk: true, Value.InRun: true })
                break; // the run is in use
            foreach (BlockPlace place in rows)
                freed += TryReclaim(place.Block);
            after = rows[^1].Block;
        }
        long[] live;
        lock (_gate)
            live = [.. _blocks.Where(block => !block.Value.InRun).Select(block => block.Key)];
        return freed + live.Sum(TryReclaim);
    }

    /// <summary>What a commit is to sync and write down; null where the block is gone or in memory.</summary>
    internal BlockSnapshot? Snapshot(long index, Block block)
    {
        lock (_gate)
        {
            block.IsSyncing = block is { IsGone: false, IsTransient: false, IsDistrusted: false, File: not null };
            if (block.IsSyncing)
                return new BlockSnapshot(this, index, block, block.Map, NameOf(index, block), block.File!);
            block.IsQueued = false;
            return null;
        }
    }

    /// <summary>Writes the row of a block whose bytes are on the disk.</summary>
    /// <returns>true: more pages were filled meanwhile, the block waits for the next commit</returns>
    internal bool Commit(BlockSnapshot taken, bool isSynced)
    {
        lock (_gate)
        {
            Block block = taken.Block;
            block.IsSyncing = false;
            if (block.IsGone || block.File != taken.File)
            {
                taken.File.Dispose(); // who took the block left the file open for the sync
                return block.IsQueued = false;
            }
            if (!isSynced)
            {
                // After a failed sync the kernel may forget the bytes at any time: what it shows now proves nothing.
                block.IsQueued = false;
                block.IsDistrusted = true;
                if (block.InRun)
                    DistrustRun();
                else if (block.Fills == 0)
                    Drop(taken.Index, block);
                return false;
            }
            byte[] sums = _volume.Checksums ? BlockRow.Pack(taken.Map, block.Sums) : [];
            _core.Blocks.Put(_volume.Id, Size, new BlockRow(Key, taken.Index, block.Generation, taken.Map, block.Bytes, sums, block.InRun), IsStale, _core.Second);
            block.IsQueued = block.Map != taken.Map;
            block.Rest();
            return block.IsQueued;
        }
    }

    /// <summary>Reads a block's pages again and compares; damaged, it is dropped.</summary>
    /// <returns>bytes read</returns>
    internal long Scrub(long index)
    {
        lock (_gate)
        {
            if (_blocks.ContainsKey(index) || LoadUnchecked(index) is not { } block || block.Sums is null)
                return 0; // in use: it was checked when it was loaded
            if (!IsSound(index, block))
                Drop(index, block);
            return block.Bytes;
        }
    }

    // Holds _gate. Null: nothing there, or nothing that can be trusted.
    private Block? Load(long index)
    {
        Block? block = LoadUnchecked(index);
        if (block is null)
            return null;
        if (_volume.IsVouched(block.Generation, index))
            return block;
        if (!IsSound(index, block))
        {
            Drop(index, block);
            return null;
        }
        _volume.SetVouched(block.Generation, index);
        return block;
    }

    // Holds _gate.
    private Block? LoadUnchecked(long index)
    {
        Result<BlockRow> found = _core.Blocks.Get(Key, index);
        if (!found.TryGet(out BlockRow? row, out Errno failed))
        {
            if (failed == Errno.EIO)
                _core.Space.Use(-_core.Blocks.Remove(Key, index)); // a damaged row; its file, whatever its name, falls to the sweep
            return null;
        }
        if (row.InRun && _run == 0 && !TryAdopt(row.Generation))
            return null;
        var block = new Block { Generation = row.Generation, InRun = row.InRun, Map = row.Map, Touched = row.Map, Bytes = row.Bytes };
        if (row.Checksums.Length > 0)
            row.Unpack(block.Sums = new uint[Geometry.PagesPerBlock]);
        return block;
    }

    // Holds _gate. The file is there, long enough, and its pages have the bytes that were fetched.
    private bool IsSound(long index, Block block)
    {
        BlockName name = NameOf(index, block);
        if (!_volume.Disk.Open(name, OpenModes.ReadOnly | OpenModes.NonBlock).TryGet(out SafeFd? file, out Errno failed))
        {
            _core.Log.BlockMissing(name, failed);
            return false;
        }
        using (file)
        {
            if (!IsWhole(index, block, file))
            {
                _core.Log.BlockDamaged(name, "not a file that is long enough for its pages");
                Counters.Add(ref _core.Counters.DamagedPages);
                return false;
            }
            return block.Sums is null || SumsHold(index, block, file, name);
        }
    }

    private bool SumsHold(long index, Block block, SafeFd file, BlockName name)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Geometry.PageSize);
        int damaged = 0;
        for (ulong rest = block.Map; rest != 0; rest &= rest - 1)
        {
            int page = BitOperations.TrailingZeroCount(rest);
            Span<byte> bytes = buffer.AsSpan(0, PageLength(index, page));
            Result<int> read = Files.ReadAt(file, bytes, StartOf(index, block) + ((long)page * Geometry.PageSize));
            if (!read.IsOk || read.Value != bytes.Length || Crc32C.Of(bytes) != block.Sums![page])
                damaged++;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        Counters.Add(ref _core.Counters.CheckedPages, BitOperations.PopCount(block.Map));
        Counters.Add(ref _core.Counters.DamagedPages, damaged);
        if (damaged > 0)
            _core.Log.BlockDamaged(name, "pages do not have the bytes that were fetched");
        return damaged == 0;
    }

    // Holds _gate. The block's row is gone, its space is free, the drivers will be told; its file is unlinked unless it is the run, which serves
    // the other blocks and has the space until it ends.
    private long Drop(long index, Block block)
    {
        BlockName name = NameOf(index, block);
        long freed = block.Bytes;
        _blocks.Remove(index);
        if (block.IsTransient)
        {
            _core.Transients.Use(-block.Bytes);
            _core.Transients.Remove(this, index);
        }
        else
        {
            _core.Blocks.Remove(Key, index);
            if (block.InRun)
                freed = LeaveRun(index, block);
            else
                Unlink(name);
            _core.Space.Use(-freed);
        }
        _filledPages = -1;
        block.IsGone = true;
        block.Close();
        if (block.Map != 0)
            Announce(name with { Block = index }, freed);
        return freed;
    }

    private void Unlink(BlockName name)
    {
        Errno failed = _volume.Disk.Remove(name);
        if (failed != 0)
            _core.Log.RemoveFailed(name, failed);
    }

    private void Announce(BlockName name, long freed)
    {
        Counters.Add(ref _core.Counters.ReclaimedBlocks);
        Counters.Add(ref _core.Counters.ReclaimedBytes, freed);
        _core.Reclaimed.Writer.TryWrite((_volume, new ReclaimedBlock(name.Node, name.Version, name.Block, name.Generation)));
    }
}
