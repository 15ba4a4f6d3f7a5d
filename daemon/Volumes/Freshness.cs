using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Until when each node's attributes and each directory's listing may be relied on; and the breaks that took it back.</summary>
/// <remarks>
/// In memory only: after a start everything is in doubt, which costs a question each, and never content. Times are the
/// clock's timestamps in milliseconds. LOCK ORDER: after the tree's; the index is read under it, nothing else.
/// </remarks>
internal sealed class Freshness(TimeProvider time, Func<NodeId, NodeId, bool> isBeneath)
{
    /// <summary>Beyond this many, what has run out is forgotten.</summary>
    private const int Crowded = 100_000;

    private readonly Lock _gate = new();
    private readonly BreakLog _breaks = new();              // guarded by _gate
    private readonly Dictionary<NodeId, Until> _until = []; // guarded by _gate
    private int _sweepAt = Crowded;                         // guarded by _gate
    private bool _askAll;                                   // guarded by _gate: what is not in _until was invalidated

    /// <summary>The moment from which a grant that begins now counts.</summary>
    public long Moment
    {
        get
        {
            lock (_gate)
                return _breaks.Latest;
        }
    }

    public long Now => time.GetTimestamp() / (time.TimestampFrequency / 1000);

    /// <summary>Until when the node's attributes hold; in the past = they are in doubt.</summary>
    public long Attributes(NodeId node)
    {
        lock (_gate)
            return _until.GetValueOrDefault(node).Attributes;
    }

    /// <summary>Until when the directory's entries, and that there are no others, holds; in the past = in doubt.</summary>
    public long Listing(NodeId directory)
    {
        lock (_gate)
            return _until.GetValueOrDefault(directory).Listing;
    }

    /// <summary>As <see cref="Listing"/>, where the listing told every entry's attributes as well.</summary>
    public long ExactListing(NodeId directory)
    {
        lock (_gate)
            return _until.GetValueOrDefault(directory) is { IsExact: true } until ? until.Listing : 0;
    }

    /// <summary>As <see cref="ExactListing"/>, for one entry: 0 where its attributes are not as good as the listing.</summary>
    public long Inherited(NodeId entry, NodeId directory)
    {
        lock (_gate)
            return TrustIn(entry, directory, out long listed) == Trust.Vouched ? listed : 0;
    }

    /// <summary>What a directory file that holds for as long as the directory's listing may say of an entry.</summary>
    public Trust TrustIn(NodeId entry, NodeId directory)
    {
        lock (_gate)
            return TrustIn(entry, directory, out _);
    }

    /// <summary>It was invalidated, not merely in doubt: nothing old may be told of it, whatever becomes of the origin.</summary>
    public bool MustAsk(NodeId node)
    {
        lock (_gate)
            return _until.TryGetValue(node, out Until until) ? until.MustAsk : _askAll;
    }

    public bool IsBroken(long since, NodeId node)
    {
        lock (_gate)
            return _breaks.Latest != since && _breaks.IsBroken(since, node, ofListing: false, isBeneath);
    }

    public bool IsListingBroken(long since, NodeId directory)
    {
        lock (_gate)
            return _breaks.Latest != since && _breaks.IsBroken(since, directory, ofListing: true, isBeneath);
    }

    /// <summary>Outdates what is being asked and told about a node; what was noted of it stays, for it is the newest.</summary>
    /// <returns>the moment after</returns>
    public long Supersede(NodeId node)
    {
        lock (_gate)
        {
            _breaks.Add(node, BreakReach.Node);
            return _breaks.Latest;
        }
    }

    /// <summary>As <see cref="Supersede(NodeId)"/>, with the listing of its directory that is being asked for.</summary>
    /// <returns>the moment after</returns>
    public long Supersede(NodeId entry, NodeId directory)
    {
        lock (_gate)
        {
            _breaks.Add(directory, BreakReach.Listing);
            _breaks.Add(entry, BreakReach.Node);
            return _breaks.Latest;
        }
    }

    /// <summary>Outdates a listing that is being asked for; the one that was noted stays.</summary>
    public void SupersedeListing(NodeId directory)
    {
        lock (_gate)
            _breaks.Add(directory, BreakReach.Listing);
    }

    /// <summary>Notes an answer about a node's attributes, unless the node was broken since the question was asked.</summary>
    /// <param name="since">the moment of the question</param>
    /// <param name="node">whose attributes they are</param>
    /// <param name="directory">that it is in</param>
    /// <param name="milliseconds">that they are good for; the directory's listing, if it lasts longer, does not speak for the node any more</param>
    public void Confirm(long since, NodeId node, NodeId directory, long milliseconds)
    {
        lock (_gate)
        {
            if (_breaks.Latest != since && _breaks.IsBroken(since, node, ofListing: false, isBeneath))
                return;
            long until = Now + milliseconds, listed = _until.GetValueOrDefault(directory).Listing;
            _until[node] = _until.GetValueOrDefault(node) with { Attributes = until, Apart = until < listed ? listed : 0, MustAsk = false };
            Sweep();
        }
    }

    /// <summary>Notes a listing, with the directory's own attributes.</summary>
    /// <param name="since">the moment of the question</param>
    /// <param name="directory">whose listing it is</param>
    /// <param name="milliseconds">that it is good for</param>
    /// <param name="isExact">it told the attributes of each entry</param>
    /// <param name="told">the entries whose attributes it told, and how many milliseconds each is good for</param>
    public void ConfirmListing(long since, NodeId directory, long milliseconds, bool isExact, IReadOnlyList<(NodeId Entry, long Milliseconds)> told)
    {
        lock (_gate)
        {
            if (_breaks.Latest != since && _breaks.IsBroken(since, directory, ofListing: true, isBeneath))
                return;
            long now = Now, until = now + milliseconds;
            _until[directory] = _until.GetValueOrDefault(directory) with { Attributes = until, Listing = until, IsExact = isExact, MustAsk = false };
            foreach ((NodeId entry, long good) in told)
                NoteTold(entry, now + good, until, isExact);
            Sweep();
        }
    }

    /// <summary>Takes back what was noted of one node, and what is being asked about it.</summary>
    /// <returns>the moment after</returns>
    public long Break(NodeId node, BreakReach reach)
    {
        lock (_gate)
        {
            _breaks.Add(node, reach);
            if (reach != BreakReach.Listing)
                _until[node] = Until.InDoubt;
            else if (_until.TryGetValue(node, out Until until))
                _until[node] = until with { Listing = 0 };
            return _breaks.Latest;
        }
    }

    /// <summary>Nodes that are no more in the index, although they may still be at the origin.</summary>
    public void Forget(IEnumerable<NodeId> nodes)
    {
        lock (_gate)
        {
            foreach (NodeId node in nodes)
                _until.Remove(node);
        }
    }

    /// <summary>Takes back all that is known beneath a directory.</summary>
    /// <param name="top">the directory</param>
    /// <param name="beneath">itself and every node beneath it</param>
    /// <returns>the moment after</returns>
    public long BreakSubtree(NodeId top, IEnumerable<NodeId> beneath)
    {
        lock (_gate)
        {
            _breaks.Add(top, BreakReach.Subtree);
            foreach (NodeId node in beneath)
                _until[node] = Until.InDoubt;
            return _breaks.Latest;
        }
    }

    /// <summary>Takes back everything.</summary>
    public long BreakAll(NodeId root)
    {
        lock (_gate)
        {
            _breaks.Add(root, BreakReach.Subtree);
            _until.Clear();
            _askAll = true;
            return _breaks.Latest;
        }
    }

    // Holds _gate.
    private Trust TrustIn(NodeId entry, NodeId directory, out long listed)
    {
        bool isKnown = _until.TryGetValue(entry, out Until own);
        Until listing = _until.GetValueOrDefault(directory);
        listed = listing.Listing;
        if (isKnown ? own.MustAsk : _askAll)
            return Trust.None;
        if ((listing.IsExact && own.Apart <= Now) || own.Attributes >= listed)
            return Trust.Vouched;
        return listing.IsExact ? Trust.Told : Trust.None;
    }

    // Holds _gate. What the listing says is newer than what was broken before it was asked for. An exact one speaks for most of its entries
    // by itself; noted is what it does not speak for, and what was known otherwise.
    private void NoteTold(NodeId entry, long until, long listed, bool isExact)
    {
        bool isKnown = _until.TryGetValue(entry, out Until known);
        if (until < listed)
            _until[entry] = known with { Attributes = Math.Max(known.Attributes, until), Apart = listed, MustAsk = false };
        else if (!isExact || (isKnown ? known.MustAsk || known.Apart > 0 : _askAll))
            _until[entry] = known with { Attributes = until, Apart = 0, MustAsk = false };
    }

    // Holds _gate. What must be asked about is kept: it may not be taken for a thing merely in doubt. So is what a listing does not speak for.
    private void Sweep()
    {
        if (_until.Count < _sweepAt)
            return;
        long now = Now;
        foreach ((NodeId node, Until until) in _until)
        {
            if (!until.MustAsk && !_askAll && until.Attributes < now && until.Listing < now && until.Apart < now)
                _until.Remove(node); // Dictionary allows this within its own enumeration
        }
        _sweepAt = Math.Max(Crowded, _until.Count * 2);
    }

    /// <param name="Attributes">of the node itself</param>
    /// <param name="Listing">of a directory: its entries</param>
    /// <param name="Apart">until then, no listing of the directory above speaks for the node</param>
    /// <param name="IsExact">of a directory: the listing told the attributes of each entry</param>
    /// <param name="MustAsk">it was invalidated</param>
    private readonly record struct Until(long Attributes, long Listing, long Apart, bool IsExact, bool MustAsk)
    {
        internal static readonly Until InDoubt = new() { MustAsk = true };
    }
}
