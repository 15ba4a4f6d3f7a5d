using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Asking;

namespace Nnpfs.Origins.Http.Reading;

/// <summary>Which hosts send ranges: told by Accept-Ranges, else learnt from the first answer to a request with a range.</summary>
/// <remarks>A wrong guess costs bytes, never correctness: every read copes with either answer.</remarks>
internal sealed class RangeSupport(ILogger log, string origin)
{
    private readonly ConcurrentDictionary<string, bool> _sendsRanges = new(StringComparer.Ordinal);

    /// <returns>null = not known yet: ask for a range and see</returns>
    public bool? Of(HttpAnswer answer) =>
        Told(answer.Response) ?? (_sendsRanges.TryGetValue(answer.Url.Authority, out bool learnt) ? learnt : null);

    public bool? Of(Uri url) => _sendsRanges.TryGetValue(url.Authority, out bool learnt) ? learnt : null;

    /// <summary>Learns from the answer to a request that had a range.</summary>
    public void Learn(HttpAnswer answer)
    {
        if (Told(answer.Response) is not null || answer.Status is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
            return;
        bool sends = answer.Status == HttpStatusCode.PartialContent;
        if (_sendsRanges.TryAdd(answer.Url.Authority, sends) && !sends)
            log.NoRanges(origin);
    }

    private static bool? Told(HttpResponseMessage response)
    {
        var units = response.Headers.AcceptRanges;
        if (units.Count == 0)
            return null;
        return units.Contains("bytes");
    }
}
