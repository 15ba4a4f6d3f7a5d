using Microsoft.Extensions.Logging;

namespace Nnpfs.Daemon;

/// <summary>The admin service's log lines.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Error, "ADMIN {Method} failed")]
    public static partial void AdminCallFailed(this ILogger log, string method, Exception error);

    [LoggerMessage(3001, LogLevel.Information, "admin service on {Socket}")]
    public static partial void AdminReady(this ILogger log, string socket);

    [LoggerMessage(3002, LogLevel.Information, "metrics on http://127.0.0.1:{Port}/metrics")]
    public static partial void MetricsReady(this ILogger log, int port);

    [LoggerMessage(3003, LogLevel.Warning, "ADMIN refused: user {User} is neither root nor arlad's own, nor in the admin group")]
    public static partial void AdminRefused(this ILogger log, uint user);

    [LoggerMessage(3004, LogLevel.Information, "ADMIN {Method} by user {User} -> {Code} {ElapsedMs} ms")]
    public static partial void AdminCall(this ILogger log, string method, uint user, int code, long elapsedMs);

    [LoggerMessage(3005, LogLevel.Information, "log level {Level}, wire trace {Trace}")]
    public static partial void LogLevelSet(this ILogger log, string level, bool trace);

    [LoggerMessage(3006, LogLevel.Information, "WIRE {Direction} {Mount}: {Message}")]
    public static partial void Wire(this ILogger log, string direction, string mount, Proto.Channel.Envelope message);
}
