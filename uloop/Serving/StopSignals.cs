using System.Runtime.InteropServices;

namespace Nnpfs.Uloop.Serving;

/// <summary>SIGTERM, SIGINT and SIGHUP: each is told, none ends the process.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="stop">with the signal's name, on a thread of the pool</param>
    public StopSignals(Action<string> stop) => _registrations =
    [
        .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop(signal.ToString());
        })),
    ];

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());
}
