using System.Net;
using System.Net.Http.Headers;

namespace Nnpfs.Origins.Http;

/// <summary>What one response says of the state of the file that it is about.</summary>
/// <param name="Tag">its ETag; null = none, or not a well-formed one</param>
/// <param name="Modified">seconds since the epoch; null = not told</param>
/// <param name="Size">bytes of the whole file; null = not told</param>
internal readonly record struct HttpState(EntityTagHeaderValue? Tag, long? Modified, long? Size)
{
    public static HttpState Of(HttpResponseMessage response)
    {
        HttpContentHeaders content = response.Content.Headers;
        EntityTagHeaderValue? tag = response.Headers.ETag is { Tag: not "*" } told ? told : null;
        return new(tag, content.LastModified?.ToUnixTimeSeconds(), SizeOf(response.StatusCode, content));
    }

    private static long? SizeOf(HttpStatusCode status, HttpContentHeaders content) => status switch
    {
        HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable => content.ContentRange?.Length,
        HttpStatusCode.NoContent => 0,
        _ => content.ContentLength,
    };
}
