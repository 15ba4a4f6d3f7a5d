using Microsoft.Extensions.Logging;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver;

/// <summary>What the channel says.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "arlad is gone ({Reason}): what is cached is still served, what is not waits for it, for {Limit} at most")]
    public static partial void ArladGone(this ILogger log, Errno reason, TimeSpan limit);

    [LoggerMessage(Level = LogLevel.Information, Message = "arlad is back")]
    public static partial void ArladBack(this ILogger log);

    [LoggerMessage(Level = LogLevel.Debug, Message = "arlad is still gone: {Errno} {Reason}")]
    public static partial void ArladStillGone(this ILogger log, Errno errno, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "arlad sent what cannot be: {Kind} seq={Sequence}; the connection is closed")]
    public static partial void BadMessage(this ILogger log, Envelope.BodyOneofCase kind, ulong sequence);

    [LoggerMessage(Level = LogLevel.Debug, Message = "a wakeup that nobody waits for: seq={Sequence}")]
    public static partial void WakeupWithoutSleeper(this ILogger log, ulong sequence);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Kind} seq={Sequence} -> {Errno} {Reason}")]
    public static partial void CallFailed(this ILogger log, Envelope.BodyOneofCase kind, ulong sequence, Errno errno, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} seq={Sequence}: no sign of life from arlad for {Limit}, answered EIO")]
    public static partial void CallTimedOut(this ILogger log, Envelope.BodyOneofCase kind, ulong sequence, TimeSpan limit);

    [LoggerMessage(Level = LogLevel.Warning, Message = "arlad offers blocks of {Size} bytes, this mount has others: mount again to use it")]
    public static partial void OtherBlockSize(this ILogger log, uint size);

    [LoggerMessage(Level = LogLevel.Information, Message = "the tokens of the volume changed while arlad was away: everything is asked for again")]
    public static partial void EpochChanged(this ILogger log);

    [LoggerMessage(Level = LogLevel.Information, Message = "arlad's cache was begun anew while it was away: the mount goes on with the volume's new root")]
    public static partial void RootChanged(this ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "node={Node}: arlad installs {Size} bytes for version {Version}, which has {Expected}: not taken")]
    public static partial void OtherSize(this ILogger log, ulong node, ulong version, ulong size, long expected);

    [LoggerMessage(Level = LogLevel.Error, Message = "node={Node}: its directory file is damaged, it is asked for again")]
    public static partial void ListingDamaged(this ILogger log, Proto.NodeId node);

    [LoggerMessage(Level = LogLevel.Error, Message = "the kernel did not take an invalidation: {Errno}")]
    public static partial void NotificationFailed(this ILogger log, Errno errno);

    [LoggerMessage(Level = LogLevel.Error, Message = "node={Node}: a block file cannot be read: {Errno}")]
    public static partial void BlockUnreadable(this ILogger log, Proto.NodeId node, Errno errno);
}
