using Microsoft.Extensions.Logging;

namespace Nnpfs.Origins;

/// <content>Lines of the fetches.</content>
internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Error, "fetch of path={Path} page={Page} pages={Pages} failed in a way that was not foreseen")]
    internal static partial void FetchSurprise(this ILogger log, string path, long page, long pages, Exception surprise);
}
