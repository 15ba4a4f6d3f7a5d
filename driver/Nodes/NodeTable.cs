using Nnpfs.Driver.Data;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Nodes;

/// <summary>The nodes that the kernel knows, their tokens, and what invalidations have named. Knows no messages and no kernel.</summary>
/// <remarks>
/// INVARIANT: a node is in the table for as long as the kernel holds references to it or an open file uses it, and rests here for
/// a while afterwards: a kernel that is short of memory forgets inodes, and what is cached must be found again without arlad.
/// INVARIANT: an answer that was asked for before an invalidation named its node gives no token. The count of breaks is read
/// before a call (<see cref="Breaks"/>) and compared when its answer is remembered.
/// Lock order: the gate is a leaf but for the slots' own; nothing is called with it held.
/// </remarks>
internal sealed partial class NodeTable(TimeProvider time, SlotTable<OpenFile> open)
{
    private readonly SlotTable<Node> _slots = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, Node> _current = []; // guarded by _gate: of a file, its newest version
    private readonly List<ulong> _gone = [];                 // guarded by _gate: forgotten since the last report
    private readonly Dictionary<(NodeId, ulong), Node> _old = []; // guarded by _gate: outdated files that are still in the table
    private readonly Queue<(Node Node, long Rested)> _resting = []; // guarded by _gate: oldest first; a node that was used since has another number
    private long _rests;                                     // guarded by _gate
    private readonly long _start = time.GetTimestamp();

    private const int AloneMs = 1000;
    private const int MaxResting = 65_536;

    /// <summary>arlad is away: a token that has only expired, and was not taken back, holds on, a second at a time.</summary>
    public bool IsAlone
    {
        get => Volatile.Read(ref _alone);
        set => Volatile.Write(ref _alone, value);
    }

    private bool _alone;

    /// <summary>Milliseconds since the table was made, never 0.</summary>
    public long Now => (long)time.GetElapsedTime(_start).TotalMilliseconds + 1;

    /// <summary>Nodes known.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _current.Count;
        }
    }

    /// <summary>The node that the kernel calls so; null: it was forgotten, or never was.</summary>
    public Node? Get(ulong key) => _slots.Get(key);

    /// <summary>The current object of a node; null: not known.</summary>
    public Node? Current(NodeId id)
    {
        lock (_gate)
            return _current.GetValueOrDefault(id);
    }

    public NodeView View(Node node)
    {
        lock (_gate)
            return ViewLocked(node);
    }

    /// <summary>Puts in the root, which becomes key 1 and stays for ever.</summary>
    public NodeView AddRoot(in NodeFacts facts, long asked)
    {
        lock (_gate)
        {
            Node root = FindOrAdd(facts.Id, facts.Attributes, facts.Version);
            root.References++;
            Refresh(root, facts, asked);
            return ViewLocked(root);
        }
    }

    /// <summary>Remembers what a lookup found, and lends the kernel one reference.</summary>
    /// <param name="facts">of the node found</param>
    /// <param name="asked"><see cref="Breaks"/> before the call</param>
    /// <param name="parent">where it was found</param>
    /// <param name="name">under which name</param>
    /// <param name="raced">an invalidation named it meanwhile: nothing was lent and there is no view, ask again</param>
    public NodeView Lend(in NodeFacts facts, long asked, Node parent, ReadOnlySpan<byte> name, out bool raced)
    {
        lock (_gate)
        {
            raced = IsBrokenSince(facts.Id, asked);
            if (raced)
                return default;
            Node node = FindOrAdd(facts.Id, facts.Attributes, facts.Version);
            Refresh(node, facts, asked);
            LendLocked(node, parent, name);
            return ViewLocked(node);
        }
    }

    /// <summary>Lends a reference to a node whose token holds, without asking anyone.</summary>
    public bool TryLendCurrent(NodeId id, Node parent, ReadOnlySpan<byte> name, out NodeView view)
    {
        lock (_gate)
        {
            view = default;
            if (!_current.TryGetValue(id, out Node? node) || !(view = ViewLocked(node)).IsValid)
                return false;
            LendLocked(node, parent, name);
            return true;
        }
    }

    /// <summary>
    /// Lends a reference to what a name led to when it was last looked up. For when nobody can be asked: it goes through all
    /// nodes.
    /// </summary>
    public bool TryLendKnown(Node parent, ReadOnlySpan<byte> name, out NodeView view)
    {
        lock (_gate)
        {
            view = default;
            foreach (Node node in _slots.All())
            {
                if (node.Parent != parent || !name.SequenceEqual(node.Name) || !(view = ViewLocked(node)).IsValid)
                    continue;
                node.References++;
                return true;
            }
            return false;
        }
    }

    /// <summary>Takes in what was told of a node that is known; of an unknown one, nothing.</summary>
    /// <param name="facts">as told</param>
    /// <param name="asked"><see cref="Breaks"/> before the call</param>
    /// <returns>false: an invalidation named it since: no token was given</returns>
    public bool Refresh(in NodeFacts facts, long asked)
    {
        lock (_gate)
        {
            if (_current.TryGetValue(facts.Id, out Node? node))
                Refresh(node, facts, asked);
            return !IsBrokenSince(facts.Id, asked);
        }
    }

    /// <summary>FORGET. A kernel that gives back more than it was lent gives back all.</summary>
    public void Forget(ulong key, ulong count)
    {
        lock (_gate)
        {
            if (_slots.Get(key) is not { } node || key == 1)
                return;
            node.References -= (long)Math.Min(count, (ulong)node.References);
            RestIfUnused(node);
        }
    }

    /// <summary>An open file holds the node, whatever the kernel forgets.</summary>
    /// <returns>false: it is outdated or has gone</returns>
    public bool TryOpen(Node node)
    {
        lock (_gate)
        {
            if (node.Outdated || _slots.Get(node.Key) != node)
                return false;
            node.Opens++;
            return true;
        }
    }

    public void Close(Node node)
    {
        lock (_gate)
        {
            node.Opens--;
            RestIfUnused(node);
        }
    }

    /// <summary>The nodes that are gone since the last call, and the directories of which nothing is left.</summary>
    public ulong[] TakeGone()
    {
        lock (_gate)
        {
            AddEmptied();
            ulong[] gone = [.. _gone.Where(id => !_current.ContainsKey(new NodeId(id))), .. _emptied];
            _gone.Clear();
            _emptied.Clear();
            return gone;
        }
    }

    private NodeView ViewLocked(Node node)
    {
        TimeSpan left = node.Outdated ? TimeSpan.Zero : LeftUntil(node.ExpiresAt);
        return new(node, node.Attributes, node.Version, left, node.ListedVersion == 0 ? left : LeftUntil(LentUntil(node)));
    }

    private TimeSpan LeftUntil(long expires) =>
        expires == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(expires - Now, IsAlone ? AloneMs : 0));

    /// <summary>The object of this very version: a file of an older one becomes outdated.</summary>
    private Node FindOrAdd(NodeId id, in NodeAttributes attributes, ulong version)
    {
        if (_current.TryGetValue(id, out Node? node) && (node.Version >= version || node.Kind != Proto.Channel.Kind.File))
            return node;
        if (node is not null)
            Outdate(node);
        node = new Node(id, attributes.Kind) { Attributes = attributes, Version = version };
        _slots.Add(node);
        _current[id] = node;
        _unknown.Remove(id, out node.BrokenAt);
        return node;
    }

    private void Refresh(Node node, in NodeFacts facts, long asked)
    {
        if (facts.Version < node.Version || facts.Attributes.Kind != node.Kind)
            return; // told late, and overtaken
        if (facts.Version > node.Version && node.Kind == Proto.Channel.Kind.File)
        {
            // The next lookup makes the new version's object; until then no listing that is older may vouch for the old one.
            Outdate(node);
            NoteUnknown(node.Id, ++_breaks);
            return;
        }
        bool same = facts.Version == node.Version;
        (node.Attributes, node.Version, node.Target) = (facts.Attributes, facts.Version, facts.Target);
        if (IsBrokenSince(node.Id, asked))
            return;
        long expires = Now + facts.ValidMs;
        node.LentLonger |= node.IsDirectory && LentUntil(node) > expires;
        node.ExpiresAt = node.ListedUntil = expires;
        if (same && node.Content is { } content)
            content.VouchedAt = Math.Max(content.VouchedAt, asked);
    }

    private void Outdate(Node node)
    {
        node.Outdated = true;
        _current.Remove(node.Id);
        _old[(node.Id, node.Version)] = node;
    }

    private static void LendLocked(Node node, Node parent, ReadOnlySpan<byte> name)
    {
        node.References++;
        node.Leaving = false;
        if (node.Parent == parent && name.SequenceEqual(node.Name))
            return;
        (node.Parent, node.Name) = (parent, name.ToArray());
    }

    /// <summary>
    /// An outdated version goes at once: no lookup leads to it; so does what arlad wants forgotten. The others make room when too
    /// many rest.
    /// </summary>
    private void RestIfUnused(Node node)
    {
        if (node.IsUsed)
            return;
        EndStream(node);
        (node.ListedVersion, node.LentLonger) = (0, false); // the kernel gave the node up, with all that it had of it
        if (node.Outdated || node.Leaving)
        {
            Drop(node);
            return;
        }
        node.Rested = ++_rests;
        _resting.Enqueue((node, node.Rested));
        while (_resting.Count > MaxResting)
        {
            (Node oldest, long rested) = _resting.Dequeue();
            if (!oldest.IsUsed && oldest.Rested == rested)
                Drop(oldest);
        }
    }

    private void Drop(Node node)
    {
        if (node.Key == 1 || _slots.Remove(node.Key) is null)
            return;
        if (_current.GetValueOrDefault(node.Id) == node)
        {
            _current.Remove(node.Id);
            if (node.BrokenAt > 0)
                NoteUnknown(node.Id, node.BrokenAt);
        }
        if (node.Outdated)
            _old.Remove((node.Id, node.Version));
        if (!_current.ContainsKey(node.Id))
            _gone.Add(node.Id.Value);
        node.Content?.Dispose();
    }
}
