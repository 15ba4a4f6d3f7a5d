using System.Net;
using Microsoft.Extensions.Logging;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>Says once in the log that a server is in trouble, and once that it is well again: not once for each request.</summary>
internal sealed class HttpTroubles(ILogger log, string origin)
{
    private string? _last; // atomic: the trouble last told; null = none

    public void Note(Uri url, HttpStatusCode status)
    {
        if ((int)status is 401 or 407 or 429 or >= 500)
            Tell($"{(int)status} {status}", url, HttpErrno.Of(status));
        else if (Interlocked.Exchange(ref _last, null) is not null)
            log.OriginIsBack(origin);
    }

    public void Note(Uri url, Exception failure, Errno errno) => Tell(Describe(failure), url, errno);

    private void Tell(string trouble, Uri url, Errno errno)
    {
        if (Interlocked.Exchange(ref _last, trouble) != trouble)
            log.OriginInTrouble(origin, HttpRoot.Printable(url), trouble, errno);
    }

    /// <summary>The innermost message is the cause: a name, a certificate, a refused connection.</summary>
    private static string Describe(Exception failure)
    {
        if (failure is OperationCanceledException)
            return "the server sent nothing for too long";
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure.Message;
    }
}
