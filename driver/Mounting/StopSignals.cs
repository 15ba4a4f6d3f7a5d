using System.Runtime.InteropServices;

namespace Nnpfs.Driver.Mounting;

/// <summary>SIGTERM, SIGINT and SIGHUP end the mount; SIGUSR1 switches debug lines, SIGUSR2 the trace of the kernel's messages.</summary>
internal sealed class StopSignals : IDisposable
{
    private const PosixSignal User1 = (PosixSignal)10, User2 = (PosixSignal)12;

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancel = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public StopSignals(LogSwitch logs)
    {
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP])
            _registrations.Add(PosixSignalRegistration.Create(signal, OnStop));
        _registrations.Add(PosixSignalRegistration.Create(User1, context => Switch(context, logs.ToggleDebug)));
        _registrations.Add(PosixSignalRegistration.Create(User2, context => Switch(context, logs.ToggleTrace)));
    }

    public Task Stopped => _stopped.Task;

    public CancellationToken Token => _cancel.Token;

    /// <summary>Of the signal that came.</summary>
    public string Name { get; private set; } = "";

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _cancel.Dispose();
    }

    private void OnStop(PosixSignalContext context)
    {
        context.Cancel = true;
        Name = context.Signal.ToString();
        _cancel.Cancel();
        _stopped.TrySetResult();
    }

    private static void Switch(PosixSignalContext context, Action toggle)
    {
        context.Cancel = true;
        toggle();
    }
}
