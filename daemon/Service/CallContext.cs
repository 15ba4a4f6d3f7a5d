using Nnpfs.Daemon.Volumes;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>One call of a driver, from its message to its wakeup.</summary>
internal sealed class CallContext(MountSession session, Volume volume, Envelope envelope, Wait wait) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();

    public MountSession Session { get; } = session;

    public Volume Volume { get; } = volume;

    public Envelope Envelope { get; } = envelope;

    public ulong Sequence => Envelope.Sequence;

    public Wait Wait { get; } = wait;

    /// <summary>Nobody waits for the answer any more.</summary>
    public CancellationToken Cancelled => _cancel.Token;

    /// <summary>From the driver, or because it is gone. Called under the session's lock, as <see cref="Dispose"/> is.</summary>
    public void Cancel() => _cancel.CancelAsync();

    public void Dispose() => _cancel.Dispose();
}
