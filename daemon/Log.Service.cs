using Microsoft.Extensions.Logging;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon;

/// <summary>What the service of the channel says.</summary>
internal static partial class Log
{
    [LoggerMessage(LogLevel.Debug, "{Call} req={Sequence} node={Node} -> {Errno} {Milliseconds:0.0}ms")]
    public static partial void Call(ILogger log, string call, ulong sequence, NodeId node, Errno errno, double milliseconds);

    [LoggerMessage(LogLevel.Error, "{Call} req={Sequence} node={Node} failed by an error of arlad's; the driver is told EIO")]
    public static partial void CallFailed(ILogger log, Exception failure, string call, ulong sequence, NodeId node);

    [LoggerMessage(LogLevel.Error, "a message {Message} of the mount {Mount} met an error of arlad's; its channel is closed")]
    public static partial void MessageFailed(ILogger log, Exception failure, string mount, Envelope.BodyOneofCase message);

    [LoggerMessage(LogLevel.Warning, "the mount {Mount} sent a {Message} that no driver sends there; its channel is closed")]
    public static partial void BadMessage(ILogger log, string mount, string message);

    [LoggerMessage(LogLevel.Warning, "the mount {Mount} sent a {Message} with impossible fields; it is told EPROTO")]
    public static partial void BadCall(ILogger log, string mount, string message);

    [LoggerMessage(LogLevel.Information, "volume {Volume}: mounted at {Mount} by user {User} (blocks by descriptor: {ByDescriptor})")]
    public static partial void MountCame(ILogger log, string volume, string mount, uint user, bool byDescriptor);

    [LoggerMessage(LogLevel.Information, "volume {Volume}: the mount at {Mount} is gone ({Errno})")]
    public static partial void MountGone(ILogger log, string volume, string mount, Errno errno);

    [LoggerMessage(LogLevel.Warning, "a mount was refused: {Reason}")]
    public static partial void MountRejected(ILogger log, string reason);

    [LoggerMessage(LogLevel.Warning, "the mount at {Mount} did not confirm an invalidation within {Seconds} s: its channel is closed, and its tokens are void when it returns")]
    public static partial void InvalidateTimedOut(ILogger log, string mount, double seconds);

    [LoggerMessage(LogLevel.Warning, "a connection cannot be taken now: {Errno}")]
    public static partial void AcceptFailed(ILogger log, Errno errno);

    [LoggerMessage(LogLevel.Warning, "a connection was refused: there are {Max} mounts already (max-mounts in arlad's configuration)")]
    public static partial void TooManyMounts(ILogger log, int max);

    [LoggerMessage(LogLevel.Warning, "volume {Volume}: the origin cannot be asked about {Path} ({Errno}); what is cached of it is served for a moment")]
    public static partial void ServingStale(ILogger log, string volume, Origins.OriginPath path, Errno errno);

    [LoggerMessage(LogLevel.Information, "volume {Volume}: {Nodes} nodes invalidated on {Mounts} mounts, epoch {Epoch}")]
    public static partial void Invalidated(ILogger log, string volume, int nodes, int mounts, ulong epoch);

    [LoggerMessage(LogLevel.Error, "volume {Volume}: watching the origin failed; everything is in doubt, and it is tried again")]
    public static partial void WatchFailed(ILogger log, Exception failure, string volume);

    [LoggerMessage(LogLevel.Error, "volume {Volume}: the list of its mounts cannot be written ({Errno}); after a restart an invalidation will not wait for them")]
    public static partial void MountsNotKept(ILogger log, string volume, Errno errno);

    [LoggerMessage(LogLevel.Error, "volume {Volume}: fetching ahead of a walk failed by an error of arlad's")]
    public static partial void GuessFailed(ILogger log, Exception failure, string volume);

    [LoggerMessage(LogLevel.Information, "arlad runs as user {User}, group {Group} (confined: {Confined})")]
    public static partial void Confined(ILogger log, uint user, uint group, bool confined);

    [LoggerMessage(LogLevel.Information, "arlad is ready: {Volumes} at {Socket}")]
    public static partial void Ready(ILogger log, string volumes, string socket);

    [LoggerMessage(LogLevel.Information, "arlad stops")]
    public static partial void Stopping(ILogger log);

    [LoggerMessage(LogLevel.Error, "{Problem}")]
    public static partial void CannotServe(ILogger log, string problem);
}
