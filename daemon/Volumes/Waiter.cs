using Nnpfs.Origins;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>One call that waits: who, for what, since when.</summary>
internal sealed record Waiter
{
    public required string Volume { get; init; }

    /// <summary>The mount that asked, or that is waited for; empty for arlad's own work (a prefetch, an admin's question).</summary>
    public required string MountPoint { get; init; }

    /// <summary>GetNode, GetAttr, GetData ...</summary>
    public required string Operation { get; init; }

    public NodeId Node { get; init; }

    public OriginPath Path { get; init; }

    public required WaitCause Cause { get; init; }

    /// <summary>Where the cause is a retry: what the last try failed with.</summary>
    public Errno Error { get; init; }

    public required DateTimeOffset Since { get; init; }
}

/// <summary>What a waiting call waits for.</summary>
internal enum WaitCause
{
    /// <summary>Nothing: it is at work.</summary>
    Work,

    /// <summary>The origin's answer to a request of this call's own.</summary>
    Origin,

    /// <summary>A request to the origin that another call, or another reader of the same pages, began.</summary>
    Other,

    /// <summary>A pause before the origin is asked again.</summary>
    Retry,

    /// <summary>Room in the cache.</summary>
    Space,

    /// <summary>A driver's word that an invalidation is done.</summary>
    Driver,
}
