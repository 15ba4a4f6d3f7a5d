using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache;

/// <summary>Keeps the number of nodes below the limit, by forgetting the children of directories that were not used for long.</summary>
/// <remarks>
/// A directory's children go together with its listing: a directory file that names nodes which are no more would be a lie. So
/// a directory is forgotten whole, from the leaves up, and only where the volume says that no driver knows it.
/// </remarks>
internal sealed class Forgetter(CacheCore core, VolumeTable volumes, Func<long, CacheVolume?> volumeOf)
{
    /// <returns>nodes that were forgotten</returns>
    public long Keep()
    {
        CacheLimits limits = core.Space.Limits;
        long excess = Count() - limits.Nodes, forgotten = 0;
        if (excess <= 0)
            return 0;
        long aim = Count() - limits.LowNodes;
        for (int skipped = 0; forgotten < aim && core.Nodes.Forgettable(skipped) is { IsOk: true, Value: { Count: > 0 } oldest };)
        {
            foreach ((NodeId directory, long volume) in oldest.TakeWhile(_ => forgotten < aim))
            {
                long gone = volumeOf(volume)?.Forget(directory) ?? 0;
                forgotten += gone;
                skipped += gone == 0 ? 1 : 0;
            }
        }
        Counters.Add(ref core.Counters.DroppedNodes, forgotten);
        return forgotten;
    }

    private long Count() => volumes.Totals() is { IsOk: true } totals ? totals.Value.Nodes : 0;
}
