using Nnpfs.Daemon.Cache;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>The walks through directories that are under way, by mount and directory; the one that was quiet for longest is forgotten.</summary>
/// <remarks>LOCK ORDER: _gate, then the index.</remarks>
/// <param name="children">of a directory, behind a name, at most so many</param>
/// <param name="isWanted">is an entry worth a guess?</param>
/// <param name="pace">how many are guessed</param>
/// <param name="count">told of bytes that were guessed, used and unused</param>
internal sealed class WalkBook(
    Func<NodeId, ReadOnlyMemory<byte>, int, IReadOnlyList<NodeRecord>> children, Predicate<NodeRecord> isWanted, WalkPace pace, Action<long, long> count)
{
    private const int MaxWalks = 64;

    private readonly Lock _gate = new();
    // guarded by _gate; the last one used at the front
    private readonly LinkedList<((ulong, NodeId) Key, Walk Walk)> _byUse = new();
    private readonly Dictionary<(ulong, NodeId), LinkedListNode<((ulong, NodeId) Key, Walk Walk)>> _walks = []; // guarded by _gate

    /// <summary>A mount came to an entry of a directory.</summary>
    /// <param name="mount">its number; not 0</param>
    /// <param name="entry">with its directory</param>
    /// <param name="walk">whose guesses they are</param>
    /// <returns>entries to fetch now; none as a rule</returns>
    public IReadOnlyList<NodeRecord> Note(ulong mount, NodeRecord entry, out Walk walk)
    {
        lock (_gate)
        {
            walk = Touch((mount, entry.Parent), mayGoOn: true);
            long used = walk.Used, unused = walk.Unused;
            bool goesOn = walk.TryTake(entry, out IReadOnlyList<NodeRecord> next);
            count(walk.Used - used, walk.Unused - unused);
            if (goesOn)
                return next;
            Forget((mount, entry.Parent));
            walk = Touch((mount, entry.Parent), mayGoOn: false);
            walk.TryTake(entry, out next);
            return next;
        }
    }

    /// <summary>A guess is about to cost so many bytes.</summary>
    /// <returns>false: leave it: the walk is there already or elsewhere, or has guessed enough</returns>
    public bool TryWeigh(Walk walk, NodeId entry, long bytes, long limit)
    {
        lock (_gate)
            return walk.Open + bytes <= limit && walk.TryWeigh(entry, bytes);
    }

    // Holds _gate.
    private Walk Touch((ulong Mount, NodeId Directory) key, bool mayGoOn)
    {
        if (_walks.TryGetValue(key, out LinkedListNode<((ulong, NodeId) Key, Walk Walk)>? place))
        {
            _byUse.Remove(place);
            _byUse.AddFirst(place);
            return place.Value.Walk;
        }
        if (_walks.Count >= MaxWalks)
            Forget(_byUse.Last!.Value.Key);
        bool goesOn = mayGoOn && _byUse.FirstOrDefault(last => last.Key.Item1 == key.Mount).Walk is { IsAtEnd: true };
        var walk = new Walk((name, most) => children(key.Directory, name, most), isWanted, pace, goesOn);
        _walks[key] = _byUse.AddFirst((key, walk));
        return walk;
    }

    private void Forget((ulong, NodeId) key)
    {
        if (!_walks.Remove(key, out LinkedListNode<((ulong, NodeId) Key, Walk Walk)>? place))
            return;
        _byUse.Remove(place);
        long unused = place.Value.Walk.Unused;
        place.Value.Walk.Stop();
        count(0, place.Value.Walk.Unused - unused);
    }
}
