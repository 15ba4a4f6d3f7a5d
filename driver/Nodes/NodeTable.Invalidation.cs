using Nnpfs.Proto;

namespace Nnpfs.Driver.Nodes;

/// <summary>Taking tokens back.</summary>
internal sealed partial class NodeTable
{
    /// <summary>Unknown nodes whose invalidation is remembered one by one; beyond that all listings are doubted at once.</summary>
    private const int MaxUnknown = 4096;

    private readonly Dictionary<NodeId, long> _unknown = []; // guarded by _gate: invalidated, and not in the table
    private readonly NegativeNames _negatives = new();       // guarded by _gate
    private long _allBrokenAt;                               // guarded by _gate
    private long _breaks;                                    // written under _gate, read anywhere

    /// <summary>The count of breaks: raised by every invalidation. Read it before a call whose answer will give a token.</summary>
    public long Breaks => Volatile.Read(ref _breaks);

    /// <summary>The name led nowhere, and the kernel is told so.</summary>
    /// <param name="directory">where it was looked for</param>
    /// <param name="name">the name</param>
    /// <param name="valid">how long the directory's token holds</param>
    /// <param name="asked"><see cref="Breaks"/> before the answer was made</param>
    /// <returns>how long the kernel may rely on it; zero where it could not be taken back</returns>
    public TimeSpan RememberNegative(Node directory, ReadOnlySpan<byte> name, TimeSpan valid, long asked)
    {
        lock (_gate)
        {
            if (valid <= TimeSpan.Zero || IsBrokenSince(directory.Id, asked))
                return TimeSpan.Zero;
            return _negatives.TryAdd(directory.Key, name, Now, Now + (long)valid.TotalMilliseconds) ? valid : TimeSpan.Zero;
        }
    }

    /// <summary>The root has another id now: nothing else that is known is known to arlad any more.</summary>
    /// <remarks>
    /// The kernel holds the root for as long as the mount lives, so its object stays. Whatever is beneath is found anew by its
    /// name.
    /// </remarks>
    /// <returns>false: it is the same one, or there is none yet</returns>
    public bool MoveRoot(NodeId id)
    {
        lock (_gate)
        {
            if (_slots.Get(1) is not { } root || root.Id == id)
                return false;
            _current.Remove(root.Id);
            _current[id] = root;
            ReplaceListing(root, null);
            (root.Id, root.Version) = (id, 0);
            (root.ExpiresAt, root.ListedUntil, root.BrokenAt) = (0, 0, ++_breaks);
            return true;
        }
    }

    /// <summary>Voids every token.</summary>
    /// <returns>what the kernel must give back</returns>
    public List<Taken> BreakAll()
    {
        lock (_gate)
        {
            _allBrokenAt = ++_breaks;
            var taken = new List<Taken>();
            foreach (Node node in _slots.All())
                Take(node, taken);
            _negatives.TakeAll(taken);
            return taken;
        }
    }

    /// <summary>Voids the tokens of these nodes, and of what is known beneath the subtrees.</summary>
    /// <returns>what the kernel must give back</returns>
    public List<Taken> Break(IReadOnlyCollection<NodeId> nodes, IReadOnlyCollection<NodeId> subtrees)
    {
        lock (_gate)
        {
            long now = ++_breaks;
            var taken = new List<Taken>();
            var directories = new HashSet<Node>();
            foreach (NodeId id in nodes.Concat(subtrees))
                BreakOne(id, now, taken, directories);
            if (subtrees.Count > 0)
            {
                _allBrokenAt = now; // what is beneath and not known cannot be named: every listing is doubted until it is confirmed
                BreakBeneath(subtrees.ToHashSet(), now, taken);
            }
            if (directories.Count > 0)
                TakeChildren(directories, taken);
            return taken;
        }
    }

    private void BreakOne(NodeId id, long now, List<Taken> taken, HashSet<Node> directories)
    {
        if (!_current.TryGetValue(id, out Node? node))
        {
            NoteUnknown(id, now);
            return;
        }
        node.BrokenAt = now;
        Take(node, taken);
        if (node.IsDirectory)
            directories.Add(node);
    }

    private void BreakBeneath(HashSet<NodeId> roots, long now, List<Taken> taken)
    {
        var known = new Dictionary<Node, bool>();
        foreach (Node node in _slots.All())
        {
            if (!IsBeneath(node, roots, known))
                continue;
            node.BrokenAt = now;
            Take(node, taken);
            if (node.IsDirectory)
                _negatives.TakeOf(node.Key, taken);
        }
    }

    /// <summary>Walks up to the first ancestor whose answer is known. A loop of parents, which only a liar makes, ends as "no".</summary>
    private static bool IsBeneath(Node node, HashSet<NodeId> roots, Dictionary<Node, bool> known)
    {
        var path = new List<Node>();
        bool beneath = false;
        for (Node? step = node; step is not null; step = step.Parent)
        {
            if (roots.Contains(step.Id) || known.TryGetValue(step, out beneath))
            {
                beneath |= roots.Contains(step.Id);
                break;
            }
            known[step] = false;
            path.Add(step);
        }
        foreach (Node step in path)
            known[step] = beneath;
        return beneath;
    }

    /// <summary>The names in these directories: the kernel must look them up again. The children's own tokens stay.</summary>
    private void TakeChildren(HashSet<Node> directories, List<Taken> taken)
    {
        foreach (Node node in _slots.All())
        {
            if (node is { Parent: { } parent, Name: { } name } && directories.Contains(parent))
                taken.Add(new Taken(0, parent.Key, name) { IsFile = node.Kind == Proto.Channel.Kind.File });
        }
        foreach (Node directory in directories)
            _negatives.TakeOf(directory.Key, taken);
    }

    private static void Take(Node node, List<Taken> taken)
    {
        node.ExpiresAt = node.ListedUntil = 0;
        bool isFile = node.Kind == Proto.Channel.Kind.File;
        taken.Add(new Taken(node.Key, node.Parent?.Key ?? 0, node.Name, WithPages: !isFile) { IsFile = isFile });
    }

    private bool IsBrokenSince(NodeId id, long asked)
    {
        long broken = _current.TryGetValue(id, out Node? node) ? node.BrokenAt : _unknown.GetValueOrDefault(id);
        return Math.Max(broken, _allBrokenAt) > asked;
    }

    private void NoteUnknown(NodeId id, long now)
    {
        if (_unknown.Count >= MaxUnknown)
        {
            _unknown.Clear();
            _allBrokenAt = ++_breaks;
        }
        _unknown[id] = now;
    }
}

/// <summary>Something that the kernel must give back.</summary>
/// <param name="Node">whose attributes and pages; 0: none</param>
/// <param name="Parent">with <paramref name="Name"/>: the entry; 0: none</param>
/// <param name="Name">in the parent</param>
/// <param name="WithPages">the kernel's listing of a directory or target of a symlink, too. A file's pages stay: they are of its
/// version for ever</param>
internal readonly record struct Taken(ulong Node, ulong Parent, byte[]? Name, bool WithPages = false)
{
    /// <summary>The name leads to a file, as far as is known.</summary>
    public bool IsFile { get; init; }

    /// <summary>The name is not only to be looked up again: the kernel is to forget it.</summary>
    public bool IsDropped { get; init; }
}
