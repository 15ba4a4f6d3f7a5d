using System.Net;
using System.Net.Http.Headers;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>One request, before it is known which redirects it will meet.</summary>
/// <param name="Url">where the path is, by the origin's root</param>
internal sealed record HttpAsk(HttpMethod Method, Uri Url)
{
    /// <summary>First and last byte wanted; null = all.</summary>
    public (long From, long To)? Range { get; init; }

    public RangeConditionHeaderValue? IfRange { get; init; }

    public EntityTagHeaderValue? IfNoneMatch { get; init; }

    public DateTimeOffset? IfModifiedSince { get; init; }

    /// <param name="target">where to ask in fact</param>
    /// <param name="credentials">null where they must not be sent</param>
    public HttpRequestMessage ToMessage(Uri target, Credentials? credentials)
    {
        var message = new HttpRequestMessage(Method, target)
        {
            Version = target.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity"); // ranges count the bytes of the file itself
        message.Headers.TryAddWithoutValidation("User-Agent", "nnpfs");
        if (Range is { } range)
            message.Headers.Range = new RangeHeaderValue(range.From, range.To);
        message.Headers.IfRange = IfRange;
        message.Headers.IfModifiedSince = IfModifiedSince;
        if (IfNoneMatch is not null)
            message.Headers.IfNoneMatch.Add(IfNoneMatch);
        credentials?.AddTo(message.Headers);
        return message;
    }
}
