using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>The run: one file with all blocks of a version, each at its offset, so that a kernel can read the whole of it by itself.</summary>
/// <remarks>
/// Versions of several blocks have one, unless they are too large for the cache to take them back as one: a run is reclaimed as a whole. Pages are
/// written where they belong in whatever order they come, so a run is never put together and never copied. What was filled is never
/// taken out of it again: who reads by an old map finds the bytes that it names, or a file without a name.
/// </remarks>
internal sealed partial class Content
{
    /// <summary>Of what the cache can have: a larger version has a file for each block.</summary>
    internal const int LargestRun = 4; // a quarter

    private readonly Lock _runWriting = new(); // held while bytes are written into it

    private ulong _run;  // guarded by _gate; its generation; 0: there is none, or the index was not asked
    private bool _runIsMade; // guarded by _gate; its file is there

    // Guarded by _gate: of blocks that are not read from the run any more, the pages that its file still has. They count as used until it ends, or
    // until nobody holds this content: then, as after a restart, only what the index has counts.
    private readonly Dictionary<long, (ulong Touched, long Bytes)> _left = [];

    /// <summary>Reclaims the run, unless a fetch is under way in it, or a kernel reads it by itself.</summary>
    /// <returns>bytes that came free</returns>
    private long TryReclaimRun()
    {
        lock (_gate)
        {
            FindRun();
            BlockName name = new(Key.Node, Key.Version, BlockName.Run, _run);
            if (_run == 0 || InRun.Any(block => block.Value.Fills > 0) || TakeFile(name, out SafeFd? taken) == Errno.EWOULDBLOCK)
                return 0;
            using (taken)
                return DropRun(name);
        }
    }

    private IEnumerable<KeyValuePair<long, Block>> InRun => _blocks.Where(block => block.Value.InRun);

    // Holds _gate. No fetch is under way in it.
    private long DropRun(BlockName name)
    {
        long freed = BlocksOfRun().Sum(block => block.Value.Bytes) + _left.Values.Sum(left => left.Bytes);
        foreach ((long index, Block block) in InRun)
        {
            _blocks.Remove(index); // Dictionary allows this within its own enumeration
            block.IsGone = true;
            block.Close();
        }
        _core.Blocks.RemoveRun(Key);
        _core.Space.Use(-freed);
        EndRun(name);
        Announce(name, freed);
        return freed;
    }

    // Holds _gate.
    private Dictionary<long, (ulong Map, long Bytes)> BlocksOfRun()
    {
        Dictionary<long, (ulong Map, long Bytes)> blocks = _core.Blocks.Run(Key) is { IsOk: true } rows ? rows.Value : [];
        foreach ((long index, Block block) in InRun)
            blocks[index] = (block.Map, block.Bytes); // newer than the row
        return blocks;
    }

    // Holds _gate. The blocks of it are gone, from the index, too.
    private void EndRun(BlockName run)
    {
        Unlink(run);
        (_run, _runIsMade) = (0, false);
        _filledPages = -1;
        _left.Clear();
    }

    // Holds _gate. One block is not to be read from the run any more; the file serves the others, and goes with the last of them.
    // Answers the bytes that came free.
    private long LeaveRun(long index, Block block)
    {
        var run = new BlockName(Key.Node, Key.Version, BlockName.Run, block.Generation);
        if (_run != 0 && run.Generation != _run)
            return block.Bytes;
        _left[index] = (block.Touched, block.Bytes);
        if (InRun.Any() || _core.Blocks.First(Key) is not { Errno: Errno.ENOENT })
            return 0;
        long freed = _left.Values.Sum(left => left.Bytes);
        EndRun(run);
        return freed;
    }

    // Holds _gate. A block of which there is nothing yet, with a place for it.
    private Result<Block> NewBlock(long index)
    {
        FindRun();
        bool inRun = _run != 0 || IsForRun();
        if (inRun && _run != 0)
        {
            _left.Remove(index, out (ulong Touched, long Bytes) left);
            return new Block { Generation = _run, InRun = true, Touched = left.Touched, Bytes = left.Bytes };
        }
        if (!_core.Numbers.Next().TryGet(out ulong generation, out Errno failed))
            return failed;
        _run = inRun ? generation : 0;
        return new Block { Generation = generation, InRun = inRun };
    }

    // Holds _gate. A version that has blocks in files of their own goes on so: half of it in a run serves nobody.
    private bool IsForRun() =>
        Geometry.BlocksIn(Size) > 1 && Size <= _core.Reclaimer.Capacity / LargestRun
        && _blocks.Values.All(block => block.IsTransient) && _core.Blocks.First(Key).Errno == Errno.ENOENT;

    // Holds _gate.
    private void FindRun()
    {
        if (_run == 0 && Geometry.BlocksIn(Size) > 1 && _core.Blocks.First(Key) is { IsOk: true, Value: { InRun: true } row })
            TryAdopt(row.Generation);
    }

    // Holds _gate. Takes the index's word for a run, unless its file is gone (a crash between the unlink and the commit leaves the rows) or was
    // cut: the next write would make it long enough again for all of its rows, with holes for pages.
    private bool TryAdopt(ulong generation)
    {
        (_run, _runIsMade) = (generation, true);
        BlockName name = new(Key.Node, Key.Version, BlockName.Run, generation);
        if (_core.Blocks.Last(Key) is not { IsOk: true, Value: { InRun: true } last })
            return true;
        Result<SafeFd> opened = _volume.Disk.Open(name, OpenModes.ReadOnly | OpenModes.NonBlock);
        using SafeFd? file = opened.IsOk ? opened.Value : null;
        if (file is null ? opened.Errno != Errno.ENOENT : IsWhole(last.Block, new Block { InRun = true, Map = last.Map }, file))
            return true; // what else may be wrong with it, each block finds out for itself
        if (file is null)
            _core.Log.BlockMissing(name, opened.Errno);
        else
            _core.Log.BlockDamaged(name, "not a file that is long enough for its pages");
        DropRun(name);
        return false;
    }

    // Holds _gate. The block's file is not there, or too short: so it is for the others in it, where no fetch writes it.
    private void Lose(long index, Block block)
    {
        if (block.InRun && InRun.All(other => other.Value.Fills == 0))
            DropRun(NameOf(index, block));
        else if (block.Fills == 0)
            Drop(index, block);
    }

    // Holds _gate. A sync of the run failed: of no page in it that is not in the index can be known whether a later sync has it.
    private void DistrustRun()
    {
        foreach ((long index, Block block) in InRun)
        {
            block.IsDistrusted = true;
            if (block.Fills == 0)
                Drop(index, block); // Dictionary allows this within its own enumeration
        }
    }

    /// <summary>Takes a file that drivers may have lent to their kernels or to programs for itself: each such opening carries a mark, from before
    /// the driver looks whether the file still has its name, to its last close. Who dies holds none.</summary>
    /// <returns>EWOULDBLOCK: it is in use; any other errno: there is nothing to take</returns>
    private Errno TakeFile(BlockName name, out SafeFd? taken)
    {
        if (!_volume.Disk.Open(name, OpenModes.ReadWrite | OpenModes.NonBlock).TryGet(out taken, out Errno errno))
            return errno;
        errno = Disk.TryTake(taken);
        if (errno == 0)
            return 0;
        taken.Dispose();
        taken = null;
        return errno;
    }
}
