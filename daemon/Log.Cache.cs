using Microsoft.Extensions.Logging;
using Nnpfs.Proto;

namespace Nnpfs.Daemon;

/// <summary>The cache's log lines.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Error, "the index failed: sqlite={Code} {Message}; said once, until it works again. Make room on the cache's disk, or look at the kernel's log for its errors")]
    public static partial void IndexFailed(this ILogger log, int code, string message);

    [LoggerMessage(2010, LogLevel.Error, "the cache's upkeep failed, and goes on")]
    public static partial void UpkeepFailed(this ILogger log, Exception surprise);

    [LoggerMessage(2009, LogLevel.Error, "the index is damaged ({Reason}): nothing more is kept in it; restart arlad, and it begins a new one")]
    public static partial void IndexDamaged(this ILogger log, string reason);

    [LoggerMessage(2002, LogLevel.Warning, "the index was damaged, and is moved aside as {Name}: the cache begins anew ({Message})")]
    public static partial void IndexSetAside(this ILogger log, string name, string message);

    [LoggerMessage(2003, LogLevel.Information, "a new cache begins in {Directory}")]
    public static partial void CacheIsNew(this ILogger log, string directory);

    [LoggerMessage(2004, LogLevel.Warning, "block file {Name} is not there ({Errno}): its pages are fetched again")]
    public static partial void BlockMissing(this ILogger log, BlockName name, Errno errno);

    [LoggerMessage(2005, LogLevel.Warning, "block file {Name} is damaged, {Reason}: its pages are fetched again")]
    public static partial void BlockDamaged(this ILogger log, BlockName name, string reason);

    [LoggerMessage(2006, LogLevel.Warning, "block file {Name} cannot be removed: {Errno}")]
    public static partial void RemoveFailed(this ILogger log, BlockName name, Errno errno);

    [LoggerMessage(2007, LogLevel.Error, "the cache's disk did not take the blocks of volume {Volume}: {Errno}; they are dropped")]
    public static partial void SyncFailed(this ILogger log, string volume, Errno errno);

    [LoggerMessage(2011, LogLevel.Warning,
        "no room for the cache (its disk or its limit is full, and nothing may be reclaimed): files are read uncached, through memory; make room on its disk")]
    public static partial void NoRoom(this ILogger log);

    [LoggerMessage(2008, LogLevel.Debug, "no room on the cache's disk: block {Name} is kept in memory only")]
    public static partial void BlockInMemory(this ILogger log, BlockName name);
}
