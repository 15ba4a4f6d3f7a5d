using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Logging;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>SetLogLevel.</summary>
internal sealed class LogHandlers(LogControl control, ILogger log)
{
    public ValueTask<Outcome<LogLevelReply>> SetLevelAsync(SetLogLevelRequest request, CancellationToken cancel) =>
        ValueTask.FromResult(Set(request));

    private Outcome<LogLevelReply> Set(SetLogLevelRequest request)
    {
        if (request.Level.Length > 0 && !control.TrySetLevel(request.Level))
            return GrpcStatus.Invalid($"{request.Level}: not a log level; there are {string.Join(", ", LogControl.LevelNames)}");
        if (request.HasWireTrace)
            control.WireTrace = request.WireTrace;
        if (request.Level.Length > 0 || request.HasWireTrace)
            log.LogLevelSet(control.LevelName, control.WireTrace);
        return new LogLevelReply { Level = control.LevelName, WireTrace = control.WireTrace };
    }
}
