using Nnpfs.Driver.Data;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Boosting;

/// <summary>Files of the cache of which programs have descriptors. Every descriptor is an opening of its own, marked as in use
/// (<see cref="Disk.TryUse"/>)
/// until its last copy is closed, wherever that has got to; so arlad does not reclaim it.</summary>
/// <remarks>Nobody tells us of a close: once a second each file is asked whether it is still marked.</remarks>
internal sealed class Loans(BlockFiles files, LentRoom room) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<BlockSource, Loan> _loans = []; // guarded by _gate

    /// <summary>Files that are lent now, as far as is known.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _loans.Count;
        }
    }

    /// <summary>A new opening of a file, for reading alone.</summary>
    /// <param name="source">has all of a version</param>
    /// <param name="size">of that version, in bytes</param>
    /// <returns>EBADF: arlad must be asked for the file first; ENOSPC: as much is lent as may be; ENOENT: it is not there any
    /// more; EACCES, EMFILE</returns>
    public Result<SafeFd> Lend(BlockSource source, long size) => Lend(source, size, isWhole: true);

    /// <summary>As <see cref="Lend(BlockSource, long)"/>, of a file that has some of the pages.</summary>
    /// <param name="source">has them</param>
    /// <param name="content">the version</param>
    /// <param name="map">which pages: good for as long as the file is lent</param>
    public Result<SafeFd> LendPart(BlockSource source, Content content, out SharedMap? map)
    {
        map = null;
        if (!Lend(source, content.Size, isWhole: false).TryGet(out SafeFd? file, out Errno errno))
            return errno;
        lock (_gate)
        {
            // It is marked, and we have it: nobody sweeps it away meanwhile.
            if (_loans.TryGetValue(source, out Loan? loan))
                map = loan.Map ??= SharedMap.Create(content, source) is { IsOk: true, Value: var made } ? made : null;
        }
        if (map is not null)
            return file;
        file.Dispose();
        return Errno.EMFILE;
    }

    private Result<SafeFd> Lend(BlockSource source, long size, bool isWhole)
    {
        if (files.Borrow(source, out Errno errno) is not { } file)
            return errno;
        try
        {
            lock (_gate)
                return LendLocked(source, file.Fd, size, isWhole);
        }
        finally
        {
            file.Release();
        }
    }

    /// <summary>Forgets the files that nobody has any more.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            foreach ((BlockSource source, Loan loan) in _loans)
            {
                if (Disk.IsInUse(loan.Probe))
                    continue;
                _loans.Remove(source); // Dictionary allows this within its own enumeration
                loan.End();
                room.GiveBack(loan.Size);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (Loan loan in _loans.Values)
                loan.End();
            _loans.Clear();
        }
    }

    private Result<SafeFd> LendLocked(BlockSource source, SafeFd file, long size, bool isWhole)
    {
        bool isLent = _loans.ContainsKey(source);
        if (!isLent && !room.Has(size))
            return Errno.ENOSPC;
        if (!Files.Reopen(file, OpenModes.ReadOnly).TryGet(out SafeFd? opened, out Errno errno))
            return errno;
        // The mark first: a file that still has its name then keeps it, since arlad unlinks nothing that it cannot take.
        bool isThere = Disk.TryUse(opened) == 0 && Disk.Extent(opened).TryGet(out FileExtent extent, out _)
            && extent is { IsRegular: true, HasName: true } && (extent.Length == size || !isWhole);
        errno = isThere ? isLent ? 0 : Note(source, file, size) : Errno.ENOENT;
        if (errno == 0)
            return opened;
        opened.Dispose();
        return errno;
    }

    private Errno Note(BlockSource source, SafeFd file, long size)
    {
        if (!Files.Reopen(file, OpenModes.ReadOnly).TryGet(out SafeFd? probe, out Errno errno))
            return errno;
        _loans.Add(source, new Loan(probe, size));
        room.Take(size);
        return 0;
    }

    /// <param name="Probe">an opening without a mark</param>
    private sealed record Loan(SafeFd Probe, long Size)
    {
        /// <summary>Of those that read it in parts; guarded by the gate.</summary>
        public SharedMap? Map { get; set; }

        public void End()
        {
            Map?.End();
            Probe.Dispose();
        }
    }
}
