using Microsoft.Extensions.Logging;

namespace Nnpfs.Origins;

/// <summary>Every log line of the origins.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Warning, "origin {Origin} is in trouble: {Trouble} (errno {Errno}, first seen at {Url})")]
    internal static partial void OriginInTrouble(this ILogger log, string origin, string url, string trouble, Errno errno);

    [LoggerMessage(101, LogLevel.Information, "origin {Origin} is well again")]
    internal static partial void OriginIsBack(this ILogger log, string origin);

    [LoggerMessage(102, LogLevel.Warning, "{From} redirects to {To}, which is refused (see insecure-redirects for https to http)")]
    internal static partial void RedirectRefused(this ILogger log, string from, string to);

    [LoggerMessage(103, LogLevel.Warning, "{Url} answered what it was not asked: {Lie}")]
    internal static partial void OriginLied(this ILogger log, string url, string lie);

    [LoggerMessage(104, LogLevel.Warning, "{Url} is no directory listing that is understood: {Why}")]
    internal static partial void NotAListing(this ILogger log, string url, string why);

    [LoggerMessage(105, LogLevel.Warning, "the manifest {Manifest} is refused: {Why}; {Instead}")]
    internal static partial void ManifestRefused(this ILogger log, string manifest, string why, string instead);

    [LoggerMessage(107, LogLevel.Warning, "the credentials were changed and cannot be used, the older ones go on: {Problem}")]
    internal static partial void CredentialsNotRead(this ILogger log, string problem);

    [LoggerMessage(106, LogLevel.Information, "origin {Origin} sends no ranges: its files are read as a stream, once")]
    internal static partial void NoRanges(this ILogger log, string origin);
}
