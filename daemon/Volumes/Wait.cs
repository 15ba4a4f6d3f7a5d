using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>One call on its way through the volume: it tells what it waits for, so that a person can be told.</summary>
/// <param name="operation">GetNode, GetAttr ...</param>
/// <param name="node">what it concerns, or of GetNode the directory</param>
/// <param name="since">wall clock</param>
internal sealed class Wait(string operation, NodeId node, DateTimeOffset since) : IDisposable
{
    private volatile Func<WaitState>? _state; // atomic; null = it does not wait

    public string Operation { get; } = operation;

    public NodeId Node { get; } = node;

    public DateTimeOffset Since { get; } = since;

    /// <summary>The mount that asks, by a number of its session's; 0 = arlad itself.</summary>
    public ulong Mount { get; init; }

    /// <summary>Called when the wait is over, by whoever began it.</summary>
    public Action<Wait>? Ended { get; init; }

    public WaitState State => _state?.Invoke() ?? default;

    /// <summary>It waits from here on.</summary>
    /// <param name="state">asked from any thread, until <see cref="GoOn"/></param>
    public void For(Func<WaitState> state) => _state = state;

    public void For(WaitCause cause) => For(() => new(cause));

    public void GoOn() => _state = null;

    public void Dispose() => Ended?.Invoke(this);
}

/// <param name="Cause">what is waited for</param>
/// <param name="Error">of a pause before another try: what the last one failed with</param>
internal readonly record struct WaitState(WaitCause Cause, Errno Error = 0);
