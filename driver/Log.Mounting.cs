using Microsoft.Extensions.Logging;

namespace Nnpfs.Driver;

/// <summary>What the mount says. Information is lifecycle; a warning, the user will notice; an error is a bug or lost data.</summary>
internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Information, Message = "mounted {Source} at {MountPoint}, kernel protocol 7.{Minor}, through {Way}, largest read {MaxReply} bytes")]
    public static partial void Mounted(this ILogger log, string source, string mountPoint, uint minor, string way, int maxReply);

    [LoggerMessage(Level = LogLevel.Information, Message = "no file is passed through, all reads go through the driver: {Reason}")]
    public static partial void PassthroughOff(this ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "unmounted {MountPoint}")]
    public static partial void Unmounted(this ILogger log, string mountPoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{MountPoint} is busy: taken out of the tree, its open files end now")]
    public static partial void UnmountedLazily(this ILogger log, string mountPoint);

    [LoggerMessage(Level = LogLevel.Error, Message = "cannot unmount {MountPoint}: {Errno}; clear it with: umount -l {MountPoint}")]
    public static partial void UnmountFailed(this ILogger log, string mountPoint, Errno errno);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Signal}: unmounting {MountPoint}")]
    public static partial void StoppedBySignal(this ILogger log, string signal, string mountPoint);

    [LoggerMessage(Level = LogLevel.Information, Message = "log level {Level}, wire trace {Trace}")]
    public static partial void LogLevelSet(this ILogger log, string level, string trace);

    [LoggerMessage(Level = LogLevel.Critical, Message = "the driver failed; {MountPoint} is unmounted")]
    public static partial void DriverFailed(this ILogger log, Exception exception, string mountPoint);
}
