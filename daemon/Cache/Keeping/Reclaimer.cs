using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache.Keeping;

/// <summary>Makes room: takes the blocks that would be missed least, those of open files too, never pinned ones.</summary>
/// <remarks>
/// The order is that of each block's last fetch; a block whose version a driver has read since gets one second chance.
/// Outdated versions never come here: they go as soon as nobody has them open.
/// </remarks>
internal sealed class Reclaimer(CacheCore core, Func<long, CacheVolume?> volumeOf, SafeFd directory)
{
    private const int MaxSpared = 4096; // second chances of one call, which a fetch may be waiting for

    private readonly Lock _gate = new(); // taken before any content's gate

    /// <summary>Bytes that the cache can ever have, by its limit and by what else is on the disk.</summary>
    public long Capacity => Math.Min(core.Space.Limits.Bytes, core.Space.Used + DiskFree() - core.Space.Limits.FreeBytes);

    /// <summary>Promises room for bytes that will be written. May reclaim.</summary>
    /// <returns>false: neither the limit nor the disk has room for them</returns>
    public bool TryReserve(long bytes)
    {
        if (TryReserveNow(bytes))
            return true;
        CacheLimits limits = core.Space.Limits;
        if (bytes > limits.Bytes)
            return false; // the whole cache would go, for nothing
        long aim = Math.Max(limits.LowBytes - bytes, 0);
        Free(Math.Max(core.Space.Used + core.Space.Reserved - aim, Math.Max(bytes, limits.FreeBytes + bytes - DiskFree())));
        return TryReserveNow(bytes);
    }

    /// <summary>Brings the cache from above the high mark to below the low one; for the background.</summary>
    public long Keep()
    {
        CacheLimits limits = core.Space.Limits;
        long used = core.Space.Used;
        return used <= limits.HighBytes ? 0 : Free(used - limits.LowBytes);
    }

    /// <summary>Reclaims until <paramref name="bytes"/> are free, or nothing is left that may go.</summary>
    /// <returns>bytes that came free</returns>
    public long Free(long bytes)
    {
        lock (_gate)
        {
            long freed = FreeIndexed(bytes);
            // What was filled in the last moments is not in the index yet.
            if (freed < bytes && core.Committer.Waiting > 0 && core.Committer.TryCommit())
                freed += FreeIndexed(bytes - freed);
            return freed;
        }
    }

    private long FreeIndexed(long bytes)
    {
        long freed = 0, used = -1;
        int spared = 0;
        ulong generation = 0;
        HashSet<ContentKey> settled = []; // runs that were taken or cannot go: no other block of them need be looked at
        Dictionary<ContentKey, long> moved = []; // runs that were moved back, with all of their blocks, to this second
        while (freed < bytes && core.Blocks.Oldest(used, generation) is { IsOk: true, Value: { Count: > 0 } oldest })
        {
            long back = long.MaxValue; // the second to which something was moved back: what is younger comes after it
            foreach (BlockAge age in oldest.TakeWhile(age => freed < bytes && age.Used <= back))
            {
                if (age.InRun && moved.GetValueOrDefault(age.Place.Content) > age.Used)
                    continue; // it was read from the index before
                long second = spared < MaxSpared ? LastUse(age, settled) : age.Used;
                if (second > age.Used && age.InRun)
                    moved[age.Place.Content] = second;
                if (second > age.Used)
                    (spared, back) = (spared + Spare(age, second), Math.Min(back, second));
                else if (!age.InRun || settled.Add(age.Place.Content))
                    freed += Take(age.Place);
            }
            (used, generation) = oldest[^1].Used < back ? (oldest[^1].Used, oldest[^1].Generation) : (back, 0);
        }
        return freed;
    }

    // A run is as young as its youngest block.
    private long LastUse(BlockAge age, HashSet<ContentKey> settled)
    {
        ContentKey content = age.Place.Content;
        if (!age.InRun || settled.Contains(content))
            return age.InRun ? age.Used : age.ContentUsed;
        return Math.Max(age.ContentUsed, core.Blocks.NewestOfRun(content) is { IsOk: true } newest ? newest.Value : 0);
    }

    private int Spare(BlockAge age, long second)
    {
        if (age.InRun)
            core.Blocks.SpareRun(age.Place.Content, second);
        else
            core.Blocks.Spare(age.Place, second);
        return 1;
    }

    private long Take(BlockPlace place)
    {
        if (volumeOf(place.Volume) is not { } volume)
            return 0;
        Content content = volume.HoldForUpkeep(place.Content);
        long freed = content.TryReclaim(place.Block);
        content.Release();
        return freed;
    }

    private bool TryReserveNow(long bytes) =>
        DiskFree() >= core.Space.Limits.FreeBytes + bytes && core.Space.TryReserve(bytes);

    private long DiskFree() => Disk.Space(directory).TryGet(out DiskSpace space, out _) ? space.Available : long.MaxValue / 2;
}
