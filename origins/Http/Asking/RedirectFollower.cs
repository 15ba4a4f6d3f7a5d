using System.Net;
using Microsoft.Extensions.Logging;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>Follows redirects by our own rules, and remembers where they led.</summary>
/// <remarks>SOURCE: RFC 9110, section 15.4. Only GET and HEAD are ever sent, so 301, 302, 303, 307 and 308 are alike.</remarks>
internal sealed class RedirectFollower(HttpTransport transport, HttpOptions options, ILogger log, TimeProvider time)
{
    private const int MaxHops = 10;
    private static readonly TimeSpan LongestPin = TimeSpan.FromDays(1);

    private readonly RedirectPins _pins = new(time);

    /// <summary>Every redirect is asked for again.</summary>
    public void Forget() => _pins.Clear();

    /// <returns>an answer that is no redirect, or one with IsDirectory; ELOOP, EACCES (a refused redirect), and what the transport answers</returns>
    public async ValueTask<Result<HttpAnswer>> SendAsync(HttpAsk ask, CancellationToken cancel)
    {
        if (_pins.Find(ask.Url) is { } pinned)
        {
            Result<HttpAnswer> answer = await transport.SendAsync(ask, pinned, cancel);
            if (answer.TryGet(out HttpAnswer? found, out _) && IsServed(found.Status))
                return answer;
            _pins.Forget(ask.Url); // an expired signature, a mirror that is gone: resolve again, once
            if (!answer.IsOk)
                return answer;
            found!.Dispose();
        }
        return await ResolveAsync(ask, cancel);
    }

    private async ValueTask<Result<HttpAnswer>> ResolveAsync(HttpAsk ask, CancellationToken cancel)
    {
        Uri target = ask.Url;
        TimeSpan lifetime = LongestPin;
        for (int hop = 0; hop <= MaxHops; hop++)
        {
            Result<HttpAnswer> sent = await transport.SendAsync(ask, target, cancel);
            if (!sent.TryGet(out HttpAnswer? answer, out _))
                return sent;
            if (!IsRedirect(answer.Status))
            {
                if (hop > 0 && IsServed(answer.Status))
                    _pins.Keep(ask.Url, target, lifetime);
                return answer;
            }
            Uri? next = NextOf(answer.Response, target);
            if (next is not null && AddsSlash(target, next))
                return answer with { IsDirectory = true };
            TimeSpan kept = LifetimeOf(answer.Response);
            answer.Dispose();
            if (next is null || IsRefused(target, next))
                return Refuse(target, next);
            lifetime = kept < lifetime ? kept : lifetime;
            target = next;
        }
        return Errno.ELOOP;
    }

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static bool IsServed(HttpStatusCode status) => !IsRedirect(status) && (int)status is not (403 or 404 or 410);

    /// <summary>"There is a directory" in every server's words. The port may be one that only the server itself knows.</summary>
    private static bool AddsSlash(Uri from, Uri to) =>
        from.Host == to.Host && to.Query == from.Query && !from.AbsolutePath.EndsWith('/')
        && UrlPath.Decode(to).AsSpan() is [.. var path, (byte)'/'] && path.SequenceEqual(UrlPath.Decode(from));

    private static Uri? NextOf(HttpResponseMessage response, Uri from)
    {
        if (!response.Headers.NonValidated.TryGetValues("Location", out var values) || values.Count != 1)
            return null;
        string location = values.ToString();
        return HttpRoot.Parse(location) is { Scheme: "http" or "https" } absolute ? absolute
            : Uri.TryCreate(from, location, out Uri? relative) ? relative : null;
    }

    private bool IsRefused(Uri from, Uri to) =>
        to.Scheme is not ("http" or "https") || to.UserInfo.Length > 0
        || (from.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp && !options.InsecureRedirects);

    private Errno Refuse(Uri from, Uri? to)
    {
        log.RedirectRefused(HttpRoot.Printable(from), to is null ? "(no valid Location)" : HttpRoot.Printable(to));
        return to is null ? Errno.EIO : Errno.EACCES;
    }

    private TimeSpan LifetimeOf(HttpResponseMessage response) =>
        (int)response.StatusCode is 301 or 308 && Freshness.Of(response) is { } told
            && response.Headers.CacheControl is { NoCache: false, NoStore: false }
            ? told
            : options.RedirectTime;
}
