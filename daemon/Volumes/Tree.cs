using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>The nodes of a volume as the index has them, and what an origin's answers make of them. Asks no origin, tells no mount.</summary>
/// <remarks>
/// LOCK ORDER: _locks, then the index, then Freshness. INVARIANT: a record is changed with its directory's lock held, a directory's listing with
/// its own as well: one answer is applied at a time in each directory.
/// </remarks>
internal sealed partial class Tree
{
    private readonly CacheVolume _cache;
    private readonly Func<TimeSpan?, long> _lasting;
    private readonly DirectoryLocks _locks = new();

    /// <param name="cache">of the volume</param>
    /// <param name="time">the clock of what may be relied on</param>
    /// <param name="lasting">how many milliseconds an answer is good for that says so itself; null = it does not say</param>
    public Tree(CacheVolume cache, TimeProvider time, Func<TimeSpan?, long> lasting)
    {
        (_cache, _lasting) = (cache, lasting);
        Fresh = new Freshness(time, IsBeneath);
    }

    public Freshness Fresh { get; }

    /// <summary>Told of a record whose version is about to be outdated, while its content is still there.</summary>
    public Action<NodeRecord>? Outdating { get; set; }

    public NodeId Root => _cache.Root;

    /// <returns>ESTALE: there is no such node (any more)</returns>
    public Result<NodeRecord> Get(NodeId id)
    {
        Result<NodeRecord> found = _cache.Get(id);
        return found.Errno == Errno.ENOENT ? Errno.ESTALE : found;
    }

    /// <returns>ENOENT: the index has no such name</returns>
    public Result<NodeRecord> Find(NodeId parent, ReadOnlyMemory<byte> name) => _cache.Find(parent, name);

    /// <returns>where the node is; ESTALE: it or a directory above it is gone</returns>
    public Result<OriginPath> PathOf(NodeId id)
    {
        Stack<ReadOnlyMemory<byte>> names = [];
        while (id != Root)
        {
            if (!Get(id).TryGet(out NodeRecord? record, out Errno errno))
                return errno;
            names.Push(record.Name);
            id = record.Parent;
        }
        OriginPath path = OriginPath.Root;
        while (names.TryPop(out ReadOnlyMemory<byte> name))
            path = path.Join(name.Span);
        return path;
    }

    private bool IsBeneath(NodeId node, NodeId directory)
    {
        if (directory == Root)
            return true;
        while (node != Root && _cache.Get(node).TryGet(out NodeRecord? record, out _))
        {
            node = record.Parent;
            if (node == directory)
                return true;
        }
        return false;
    }

    /// <summary>Takes in what the origin says of one name.</summary>
    /// <param name="parent">the directory; for the root: the root</param>
    /// <param name="name">empty for the root</param>
    /// <param name="facts">exact</param>
    /// <param name="since">the moment before the question</param>
    public Result<Applied> Apply(NodeId parent, ReadOnlyMemory<byte> name, OriginFacts facts, long since)
    {
        using DirectoryLocks.Held held = _locks.Take(parent);
        NodeRecord? before = OrNull(name.IsEmpty ? _cache.Get(parent) : _cache.Find(parent, name));
        if (before is not null && Fresh.IsBroken(since, before.Id))
            return new Applied(before, before, IsChanged: false, since); // an answer from before a break: whoever asked asks again
        if (before is not null && before.Facts.Kind != facts.Kind)
        {
            if (before.IsRoot)
                return Errno.ENOTDIR; // a root that is no directory cannot be mounted
            Outdating?.Invoke(before);
            _cache.Remove(before.Id);
        }
        NodeRecord? kept = before?.Facts.Kind == facts.Kind ? before : null;
        if (!Next(kept, parent, name, facts).TryGet(out NodeRecord? after, out Errno errno))
            return errno;
        if (kept is not null && kept.Version != after.Version)
            Outdating?.Invoke(kept);
        if (!ReferenceEquals(after, kept) && _cache.Put([after]) is var put && put != 0)
            return put;
        // Of what had no version, no mount was told anything that could be wrong now.
        bool changed = before is not null
            && (kept is null || (kept.Version != 0 && (kept.Version != after.Version || !FactsRules.AreSame(kept.Facts, after.Facts))));
        Fresh.Confirm(since, after.Id, after.Parent, _lasting(facts.FreshFor));
        // Before anything else is applied: an older answer about it, or an older listing, would put back what was.
        return new Applied(after, before, changed, changed ? Fresh.Supersede(before!.Id, after.Parent) : since);
    }

    /// <summary>Takes in that a name leads to nothing.</summary>
    /// <returns>the node that was there; null = none was</returns>
    public NodeRecord? ApplyAbsence(NodeId parent, ReadOnlyMemory<byte> name)
    {
        using DirectoryLocks.Held held = _locks.Take(parent);
        if (!_cache.Find(parent, name).TryGet(out NodeRecord? gone, out _))
            return null;
        Outdating?.Invoke(gone);
        _cache.Remove(gone.Id);
        return gone;
    }

    /// <summary>Gives a node's content another version although its facts are the same.</summary>
    public void Renew(NodeId node)
    {
        if (!_cache.Get(node).TryGet(out NodeRecord? known, out _))
            return;
        using DirectoryLocks.Held held = _locks.Take(known.Parent);
        if (_cache.Get(node).TryGet(out NodeRecord? record, out _) && _cache.NextNumber().TryGet(out ulong version, out _))
        {
            Outdating?.Invoke(record);
            _cache.Put(record with { Version = version });
        }
    }

    /// <summary>Makes the content of nodes that have no strong validator another version: the origin's word does not prove it unchanged.</summary>
    public void Mistrust(IEnumerable<NodeId> nodes)
    {
        foreach (IGrouping<NodeId, NodeId> siblings in nodes.GroupBy(node => _cache.Get(node) is { IsOk: true } known ? known.Value.Parent : NodeId.None))
        {
            using DirectoryLocks.Held held = _locks.Take(siblings.Key);
            List<NodeRecord> changed = [];
            foreach (NodeId node in siblings)
            {
                if (_cache.Get(node).TryGet(out NodeRecord? record, out _)
                    && record is { Facts: { Kind: OriginKind.File, Validator.IsStrong: false }, Version: not 0 }
                    && _cache.NextNumber().TryGet(out ulong version, out _))
                {
                    Outdating?.Invoke(record);
                    changed.Add(record with { Version = version });
                }
            }
            _cache.Put(changed);
        }
    }

    private static NodeRecord? OrNull(Result<NodeRecord> found) => found.IsOk ? found.Value : null;

    // Holds the directory's lock. The same object where nothing changed.
    private Result<NodeRecord> Next(NodeRecord? kept, NodeId parent, ReadOnlyMemory<byte> name, OriginFacts facts)
    {
        facts = FactsRules.Kept(facts);
        bool isOther = kept is null || kept.Version == 0 || FactsRules.IsOtherContent(kept.Facts, facts);
        if (!isOther && FactsRules.AreSame(kept!.Facts, facts))
            return kept;
        ulong version = kept?.Version ?? 0, id = kept?.Id.Value ?? 0;
        if (isOther && !_cache.NextNumber().TryGet(out version, out Errno errno))
            return errno;
        if (kept is null && !_cache.NextNumber().TryGet(out id, out errno))
            return errno;
        return kept is null
            ? new NodeRecord { Id = name.IsEmpty ? parent : new(id), Parent = parent, Name = name.ToArray(), Facts = facts, Version = version }
            : kept with { Facts = facts, Version = version };
    }
}

/// <summary>What an answer of the origin made of a node.</summary>
/// <param name="Node">as it is now</param>
/// <param name="Before">what the name led to before; null = nothing that was known</param>
/// <param name="IsChanged">mounts may hold something else</param>
/// <param name="Since">the moment from which the answer counts</param>
internal readonly record struct Applied(NodeRecord Node, NodeRecord? Before, bool IsChanged, long Since);
