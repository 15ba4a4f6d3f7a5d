using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Keeping;

/// <summary>Keeps the number of nodes below the limit, by forgetting the children of directories that were not used for long.</summary>
/// <remarks>
/// A directory's children go together with its listing: a directory file that names nodes which are no more would be a lie. So
/// a directory is forgotten whole, from the leaves up, and only where the volume says that no driver knows it.
/// </remarks>
internal sealed class Forgetter(CacheCore core, VolumeTable volumes, Func<long, CacheVolume?> volumeOf)
{
    private const int Patience = 10; // passes without a result after which drivers are asked anew

    private readonly Lock _gate = new(); // one pass at a time; taken before all others
    private readonly HashSet<NodeId> _asked = []; // guarded by _gate; directories that drivers were asked to let go of
    private int _vain; // guarded by _gate; passes in a row that forgot nothing and had nothing new to ask

    /// <returns>nodes that were forgotten</returns>
    public long Keep()
    {
        lock (_gate)
            return KeepLocked();
    }

    private long KeepLocked()
    {
        CacheLimits limits = core.Space.Limits;
        long count = Count(), aim = count - limits.LowNodes, forgotten = 0, asked = 0;
        if (count <= limits.Nodes)
        {
            _asked.Clear();
            return 0;
        }
        List<(NodeId Directory, long Volume)> unwanted = [];
        for (int skipped = 0; forgotten + asked < aim && core.Nodes.Forgettable(skipped) is { IsOk: true, Value: { Count: > 0 } oldest };)
        {
            foreach ((NodeId directory, long volume) in oldest.TakeWhile(_ => forgotten + asked < aim))
            {
                long kept = 0, gone = volumeOf(volume)?.Forget(directory, out kept) ?? 0;
                forgotten += gone;
                if (gone > 0)
                    _asked.Remove(directory);
                skipped += gone == 0 ? 1 : 0;
                if (kept == 0 || !_asked.Add(directory))
                    continue; // who was asked already, and has not let go, is not waited for
                asked += kept;
                unwanted.Add((directory, volume));
            }
        }
        _vain = forgotten + asked > 0 ? 0 : _vain + 1;
        if (_vain % Patience == Patience - 1)
            _asked.Clear();
        foreach (IGrouping<long, NodeId> group in unwanted.GroupBy(one => one.Volume, one => one.Directory))
            volumeOf(group.Key)?.Unwanted?.Invoke([.. group]);
        Counters.Add(ref core.Counters.DroppedNodes, forgotten);
        return forgotten;
    }

    private long Count() => volumes.Totals() is { IsOk: true } totals ? totals.Value.Nodes : 0;
}
