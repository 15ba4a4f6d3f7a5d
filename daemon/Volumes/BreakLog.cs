using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>The latest breaks of a volume, numbered: tells a call whether something it asked about was invalidated since.</summary>
/// <remarks>Guarded by its owner. A call that is older than the log reaches back is told "yes": it asks once more than it had to.</remarks>
internal sealed class BreakLog
{
    private const int Kept = 1024;

    private readonly Break[] _ring = new Break[Kept];

    /// <summary>The number of the latest break.</summary>
    public long Latest { get; private set; }

    public void Add(NodeId node, BreakReach reach) => _ring[++Latest % Kept] = new(node, reach);

    /// <summary>Was the node broken after <paramref name="since"/>, by itself or with a directory above it?</summary>
    /// <param name="since">a value of <see cref="Latest"/></param>
    /// <param name="node">any</param>
    /// <param name="ofListing">the question is about a directory's listing, not about its attributes</param>
    /// <param name="isBeneath">is the node beneath that directory?</param>
    public bool IsBroken(long since, NodeId node, bool ofListing, Func<NodeId, NodeId, bool> isBeneath)
    {
        if (Latest - since >= Kept)
            return true;
        for (long number = since + 1; number <= Latest; number++)
        {
            Break one = _ring[number % Kept];
            if (one.Node == node ? ofListing || one.Reach != BreakReach.Listing : one.Reach == BreakReach.Subtree && isBeneath(node, one.Node))
                return true;
        }
        return false;
    }

    private readonly record struct Break(NodeId Node, BreakReach Reach);
}

/// <summary>What a break takes back.</summary>
internal enum BreakReach
{
    /// <summary>What a directory tells of its entries; its own attributes stay.</summary>
    Listing,

    /// <summary>Attributes, content, listing.</summary>
    Node,

    /// <summary>As Node, and all beneath it.</summary>
    Subtree,
}
