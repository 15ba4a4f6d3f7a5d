using Microsoft.Extensions.Logging;

namespace Nnpfs.Uloop;

/// <summary>Every line of uloop. Information is lifecycle; a warning, the user will notice; an error is lost data or a read that failed.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Device} shows {Origin}, {Size} bytes, cache {Cache}, {Missing} of {Pages} pages missing")]
    public static partial void Attached(this ILogger log, string device, string origin, long size, string cache, long missing, long pages);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Device} goes on where the process that served it was killed")]
    public static partial void TakenOver(this ILogger log, string device);

    [LoggerMessage(Level = LogLevel.Information, Message = "every page is there: {Device} reads the cache file by itself from here on")]
    public static partial void ChangedOver(this ILogger log, string device);

    [LoggerMessage(Level = LogLevel.Warning, Message = "every page is there, but {Device} cannot be given the cache file ({Errno}): its reads go on through this process")]
    public static partial void NotChangedOver(this ILogger log, string device, Errno errno);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Device} is detached")]
    public static partial void Detached(this ILogger log, string device);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Signal}: {Device} is still used, and ends when that does: {Users}")]
    public static partial void StillUsed(this ILogger log, string signal, string device, string users);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Origin} has another state than what is cached: pages that are missing answer EIO. To begin anew: uloop detach, then uloop discard")]
    public static partial void OriginChanged(this ILogger log, string origin);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Origin}: bytes {Offset}+{Length} cannot be fetched: {Errno}; a read of them answers EIO")]
    public static partial void FillFailed(this ILogger log, string origin, long offset, int length, Errno errno);

    [LoggerMessage(Level = LogLevel.Error, Message = "the cache file cannot be read at {Offset}+{Length}: {Errno}")]
    public static partial void CacheUnreadable(this ILogger log, long offset, int length, Errno errno);

    [LoggerMessage(Level = LogLevel.Error, Message = "what was filled cannot be brought to the disk: {Errno}; it will be fetched again after a restart")]
    public static partial void CommitFailed(this ILogger log, Errno errno);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the data needs {Missing} bytes more, and the disk of the cache has {Available}: reads fail when it is full")]
    public static partial void DiskTooSmall(this ILogger log, long missing, long available);

    [LoggerMessage(Level = LogLevel.Error, Message = "a command failed in a way that was not foreseen")]
    public static partial void CommandFailed(this ILogger log, Exception surprise);
}
