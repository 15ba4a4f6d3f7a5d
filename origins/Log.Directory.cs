using Microsoft.Extensions.Logging;

namespace Nnpfs.Origins;

/// <content>Lines of the directory origin.</content>
internal static partial class Log
{
    [LoggerMessage(220, LogLevel.Warning, "changes cannot be watched (inotify: {Errno}): they are found by asking again every 'refresh'. "
        + "Raise fs.inotify.max_user_instances")]
    internal static partial void NoInotify(this ILogger log, Errno errno);

    [LoggerMessage(221, LogLevel.Warning, "{Watches} directories are watched and no more can be: changes in others are found by asking again "
        + "every 'refresh'. Raise fs.inotify.max_user_watches, or the volume's max-watches")]
    internal static partial void OutOfWatches(this ILogger log, int watches);

    [LoggerMessage(222, LogLevel.Warning, "changes came faster than they were read, or a filesystem went away ({Errno}): everything is asked again")]
    internal static partial void ChangesLost(this ILogger log, Errno errno);
}
