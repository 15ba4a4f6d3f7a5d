using System.Runtime.InteropServices;

namespace Nnpfs.Uloop.Serving;

/// <summary>SIGTERM, SIGINT and SIGHUP: each is told, none ends the process.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration[] _registrations;
    private Action<string>? _stop; // guarded by _gate
    private string? _early;        // guarded by _gate: came before there was anybody to tell

    public StopSignals() => _registrations =
        [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Take))];

    /// <param name="stop">called with the signal's name, for one that came before as well</param>
    public void Begin(Action<string> stop)
    {
        string? early;
        lock (_gate)
            (_stop, early) = (stop, _early);
        if (early is not null)
            stop(early);
    }

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    private void Take(PosixSignalContext context)
    {
        context.Cancel = true;
        Action<string>? stop;
        lock (_gate)
        {
            stop = _stop;
            _early = context.Signal.ToString();
        }
        stop?.Invoke(context.Signal.ToString());
    }
}
