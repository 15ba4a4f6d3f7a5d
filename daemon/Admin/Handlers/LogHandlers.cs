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
        if (request.WireTrace is not ("" or "on" or "off"))
            return GrpcStatus.Invalid($"{request.WireTrace}: the trace of the channel is on or off");
        if (request.Level.Length > 0 && !control.TrySetLevel(request.Level))
            return GrpcStatus.Invalid($"{request.Level}: not a log level; there are {string.Join(", ", LogControl.LevelNames)}");
        if (request.WireTrace.Length > 0)
            control.WireTrace = request.WireTrace == "on";
        if (request.Level.Length + request.WireTrace.Length > 0)
            log.LogLevelSet(control.LevelName, control.WireTrace);
        return new LogLevelReply { Level = control.LevelName, WireTrace = control.WireTrace };
    }
}
