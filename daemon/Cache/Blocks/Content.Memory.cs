using System.Numerics;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>Blocks for which the disk has no room.</summary>
internal sealed partial class Content
{
    /// <summary>
    /// Moves a block that a fetch is under way in to a file in memory, under a new generation, with all that is in it: fetches
    /// go on as if nothing had happened, drivers are told that the old file is no more.
    /// </summary>
    /// <returns>ENOSPC where memory for such blocks is used up, too</returns>
    private Errno MoveToMemory(long index)
    {
        Block? block;
        lock (_gate)
            block = _blocks.GetValueOrDefault(index);
        if (block is null)
            return Errno.EBADF;
        // Entered a second time where the caller writes: the lock is the thread's own.
        lock (block.Writing)
        {
            if (block.IsTransient)
                return 0;
            if (!_core.Transients.MakeRoom(Geometry.BlockSize, this, index))
                return Errno.ENOSPC;
            lock (_gate)
                return Move(index, block);
        }
    }

    // Holds block.Writing and _gate.
    private Errno Move(long index, Block block)
    {
        if (!_core.Numbers.Next().TryGet(out ulong generation, out Errno failed)
            || !Disk.MemoryFile("nnpfs-block").TryGet(out SafeFd? memory, out failed))
            return failed;
        if (block.Touched != 0)
        {
            Errno opened = OpenForWriting(index, block);
            failed = opened == 0 ? Copy(index, block, memory) : opened;
            if (failed != 0)
            {
                memory.Dispose();
                return failed;
            }
        }
        Leave(index, block);
        block.Generation = generation;
        block.File = memory;
        block.IsTransient = true;
        _core.Transients.Use(block.Bytes);
        _core.Transients.Add(this, index);
        _core.Log.BlockInMemory(NameOf(index, block));
        return 0;
    }

    private Errno Copy(long index, Block block, SafeFd memory)
    {
        var buffer = new byte[Geometry.PageSize];
        for (ulong rest = block.Touched; rest != 0; rest &= rest - 1)
        {
            int page = BitOperations.TrailingZeroCount(rest);
            bool isFilled = (block.Map >> page & 1) != 0;
            Span<byte> bytes = buffer.AsSpan(0, isFilled ? PageLength(index, page) : block.Progress![page]);
            long at = (long)page * Geometry.PageSize;
            Result<int> read = Files.ReadAt(block.File!, bytes, StartOf(index, block) + at);
            if (!read.IsOk || read.Value != bytes.Length)
                return read.IsOk ? Errno.EIO : read.Errno;
            Errno failed = Files.WriteAt(memory, bytes, at);
            if (failed != 0)
                return failed;
        }
        return 0;
    }

    // The file on the disk, its row and its space; the block itself stays.
    private void Leave(long index, Block block)
    {
        BlockName name = NameOf(index, block);
        bool wasInRun = block.InRun;
        _core.Blocks.Remove(Key, index);
        block.InRun = false;
        block.Close();
        _filledPages = -1;
        _core.Space.Use(-(wasInRun ? LeaveRun(index, block) : block.Bytes));
        if (!wasInRun)
            _ = _volume.Disk.Remove(name);
        if (block.Map != 0)
            Announce(name with { Block = index }, block.Bytes);
    }
}
