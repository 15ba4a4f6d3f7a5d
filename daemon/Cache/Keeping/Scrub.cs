using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache.Keeping;

/// <summary>Reads all cached pages again, slowly, so that damage is found before a reader meets it.</summary>
internal sealed class Scrub(CacheCore core, Func<long, CacheVolume?> volumeOf)
{
    /// <summary>One pass over all blocks that have checksums.</summary>
    /// <param name="pace">is told how many bytes were read, and waits accordingly; false = stop</param>
    public async Task RunAsync(Func<long, Task<bool>> pace)
    {
        var last = new BlockPlace(default, -1, 0);
        while (core.Blocks.After(last) is { IsOk: true, Value: { Count: > 0 } blocks })
        {
            foreach (BlockPlace place in blocks)
            {
                last = place;
                if (!await pace(Check(place)).ConfigureAwait(false))
                    return;
            }
        }
    }

    private long Check(BlockPlace place)
    {
        if (volumeOf(place.Volume) is not { } volume)
            return 0;
        Content content = volume.HoldForUpkeep(place.Content);
        long read = content.Scrub(place.Block);
        content.Release();
        return read;
    }
}
