using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>One call on its way through the volume: it tells what it waits for, so that a person can be told.</summary>
/// <param name="operation">GetNode, GetAttr ...</param>
/// <param name="node">what it concerns, or of GetNode the directory</param>
/// <param name="since">wall clock</param>
internal sealed class Wait(string operation, NodeId node, DateTimeOffset since)
{
    private volatile WaitCause _cause; // atomic

    public string Operation { get; } = operation;

    public NodeId Node { get; } = node;

    public DateTimeOffset Since { get; } = since;

    /// <summary>The mount that asks, by a number of its session's; 0 = arlad itself.</summary>
    public ulong Mount { get; init; }

    public WaitCause Cause
    {
        get => _cause;
        set => _cause = value;
    }
}
