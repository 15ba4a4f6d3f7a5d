using System.Numerics;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>How pages come in: begin, write, mark filled, end.</summary>
internal sealed partial class Content
{
    private const int DiskUnit = 4096; // file systems give space in pieces of this size or of a divisor of it

    /// <summary>Reserves room for a range and keeps its blocks from being reclaimed until the fill is disposed of.</summary>
    /// <remarks>Where the disk or the limit has no room even after a reclaim, the pages go to memory: see <see cref="TransientPool"/>.</remarks>
    /// <returns>EINVAL for a range outside the content; EIO where no generation could be reserved</returns>
    public Result<PageFill> Begin(long offset, long length)
    {
        if (offset < 0 || length <= 0 || offset > Size - length)
            return Errno.EINVAL;
        long pages = Geometry.PageOf(offset + length - 1) - Geometry.PageOf(offset) + 1;
        long wanted = Math.Min(pages * Geometry.PageSize, Math.Max(DiskUnit, RoundUp(Size)));
        bool isReserved = _core.Reclaimer.TryReserve(wanted);
        long first = Geometry.BlockOf(offset), last = Geometry.BlockOf(offset + length - 1);
        for (long block = first; block <= last; block++)
        {
            Errno failed = BeginBlock(block, toMemory: !isReserved);
            if (failed == 0)
                continue;
            for (long begun = first; begun < block; begun++)
                EndBlock(begun);
            _core.Space.Return(isReserved ? wanted : 0);
            return failed;
        }
        _volume.Keep(this);
        return new PageFill(this, offset, length, isReserved ? wanted : 0);
    }

    internal void End(PageFill fill)
    {
        for (long block = Geometry.BlockOf(fill.Offset); block <= Geometry.BlockOf(fill.Offset + fill.Length - 1); block++)
            EndBlock(block);
        _core.Space.Return(fill.Reserved);
        Release();
    }

    /// <summary>Writes bytes of pages that are not filled yet; those of filled pages are passed over.</summary>
    internal Errno Write(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            long block = Geometry.BlockOf(offset);
            int piece = (int)Math.Min(bytes.Length, ((block + 1) * Geometry.BlockSize) - offset);
            Errno failed = WriteBlock(block, (int)(offset % Geometry.BlockSize), bytes[..piece]);
            if (failed != 0)
                return failed;
            offset += piece;
            bytes = bytes[piece..];
        }
        return 0;
    }

    /// <summary>Marks the pages that the range touches.</summary>
    /// <returns>zero; EIO where one of them was not written whole: it stays unfilled, the others are filled</returns>
    internal Errno MarkFilled(long offset, long length)
    {
        bool all = true;
        for (long index = Geometry.BlockOf(offset); index <= Geometry.BlockOf(offset + length - 1); index++)
        {
            lock (_gate)
                all &= MarkBlock(index, Geometry.MaskOf(index, offset, length));
        }
        return all ? 0 : Errno.EIO;
    }

    private Errno BeginBlock(long index, bool toMemory)
    {
        lock (_gate)
        {
            Block? block = Find(index);
            if (block is null)
            {
                if (!NewBlock(index).TryGet(out block, out Errno failed))
                    return failed;
                _blocks[index] = block;
            }
            block.BeginFill();
            if (!toMemory)
                return 0;
        }
        return MoveToMemory(index);
    }

    private void EndBlock(long index)
    {
        lock (_gate)
        {
            if (!_blocks.TryGetValue(index, out Block? block))
                return;
            block.Fills--;
            if (block.Fills == 0 && (block.Map == 0 || block.IsDistrusted))
                Drop(index, block);
            else
                block.Rest();
        }
    }

    private Errno WriteBlock(long index, int within, ReadOnlySpan<byte> bytes)
    {
        Block? block;
        lock (_gate)
        {
            if (!_blocks.TryGetValue(index, out block) || block.Fills == 0)
                return Errno.EBADF;
        }
        lock (block.Writing)
        {
            while (!bytes.IsEmpty)
            {
                int run = RunOfUnfilled(block, within, bytes.Length, out int skip);
                Errno failed = run == 0 ? 0 : WriteRun(index, block, within, bytes[..run]);
                if (failed != 0)
                    return failed;
                within += run + skip;
                bytes = bytes[(run + skip)..];
            }
        }
        return 0;
    }

    // The bytes up to the next filled page, and then the bytes of that page.
    private int RunOfUnfilled(Block block, int within, int length, out int skip)
    {
        ulong map;
        lock (_gate)
            map = block.Map;
        int at = within;
        while (at < within + length && (map >> (at / Geometry.PageSize) & 1) == 0)
            at = Math.Min(within + length, ((at / Geometry.PageSize) + 1) * Geometry.PageSize);
        skip = Math.Min(within + length, ((at / Geometry.PageSize) + 1) * Geometry.PageSize) - at;
        return at - within;
    }

    // Holds block.Writing.
    private Errno WriteRun(long index, Block block, int within, ReadOnlySpan<byte> bytes)
    {
        int first = within / Geometry.PageSize, inPage = within % Geometry.PageSize;
        lock (_gate)
        {
            if (inPage != 0 && block.Progress![first] != inPage)
                return Errno.EINVAL; // a gap: a page is written from its start, in order
            Errno opened = OpenForWriting(index, block);
            if (opened != 0 && !IsFull(opened))
                return opened;
        }
        Errno written = block.File is null ? Errno.ENOSPC : WriteFile(index, block, bytes, within);
        if (IsFull(written))
            written = WriteWhenFull(index, block, bytes, within);
        if (written != 0)
            return written;
        lock (_gate)
            Account(index, block, within, bytes);
        return 0;
    }

    private Errno WriteFile(long index, Block block, ReadOnlySpan<byte> bytes, long within)
    {
        if (block.IsTransient)
            return Files.WriteAt(block.File!, bytes, within);
        if (!block.InRun)
            return _volume.Disk.Write(NameOf(index, block), block.File!, bytes, within);
        // The kernel takes one writer of a file at a time; the others would spin for their turn, on processors that have better to do.
        lock (_runWriting)
            return _volume.Disk.Write(NameOf(index, block), block.File!, bytes, StartOf(index, block) + within);
    }

    // Room is made by reclaiming, once; else the block goes on in memory.
    private Errno WriteWhenFull(long index, Block block, ReadOnlySpan<byte> bytes, long within)
    {
        Errno failed = Errno.ENOSPC;
        if (!block.IsTransient && _core.Reclaimer.Free(Geometry.BlockSize) > 0)
        {
            lock (_gate)
                failed = OpenForWriting(index, block);
            if (failed == 0)
                failed = WriteFile(index, block, bytes, within);
        }
        if (!IsFull(failed))
            return failed;
        failed = MoveToMemory(index);
        return failed == 0 ? WriteFile(index, block, bytes, within) : failed;
    }

    // Holds _gate.
    private Errno OpenForWriting(long index, Block block)
    {
        if (block.File is not null)
            return 0;
        bool isMade = block.Map != 0 || (block.InRun && _runIsMade && block.Generation == _run);
        Result<SafeFd> file = isMade
            ? _volume.Disk.Open(NameOf(index, block), OpenModes.ReadWrite)
            : _volume.Disk.Create(NameOf(index, block));
        block.File = file.IsOk ? file.Value : null;
        _runIsMade |= block.InRun && block.Generation == _run && file.IsOk;
        return file.Errno;
    }

    // Holds _gate. The bytes are in the file: notes how far their pages have come.
    private void Account(long index, Block block, int within, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int page = within / Geometry.PageSize, inPage = within % Geometry.PageSize;
            int piece = Math.Min(bytes.Length, Geometry.PageSize - inPage);
            block.Sums![page] = Crc32C.Append(inPage == 0 ? Crc32C.Empty : block.Sums[page], bytes[..piece]);
            block.Progress![page] = inPage + piece;
            if ((block.Touched >> page & 1) == 0)
                Touch(index, block, page);
            within += piece;
            bytes = bytes[piece..];
        }
    }

    private void Touch(long index, Block block, int page)
    {
        long bytes = RoundUp(PageLength(index, page));
        block.Touched |= 1ul << page;
        block.Bytes += bytes;
        if (block.IsTransient)
            _core.Transients.Use(bytes);
        else
            _core.Space.Use(bytes);
    }

    // Holds _gate. False: a page was not whole.
    private bool MarkBlock(long index, ulong wanted)
    {
        if (!_blocks.TryGetValue(index, out Block? block))
            return false;
        ulong whole = block.Map;
        for (ulong rest = wanted & ~block.Map; block.Fills > 0 && rest != 0; rest &= rest - 1)
        {
            int page = BitOperations.TrailingZeroCount(rest);
            if (block.Progress![page] == PageLength(index, page))
                whole |= 1ul << page;
        }
        ulong young = wanted & whole & ~block.Map;
        block.Map |= young;
        CountFilled(index, block, young);
        Counters.Add(ref _core.Counters.FilledPages, BitOperations.PopCount(young));
        if (young != 0 && !block.IsTransient && !block.IsQueued)
        {
            block.IsQueued = true;
            _volume.Keep(this);
            _core.Committer.Add(this, index, block);
        }
        return (block.Map & wanted) == wanted;
    }

    private static bool IsFull(Errno errno) => errno is Errno.ENOSPC or Errno.EDQUOT;

    private static long RoundUp(long bytes) => (bytes + DiskUnit - 1) / DiskUnit * DiskUnit;
}
