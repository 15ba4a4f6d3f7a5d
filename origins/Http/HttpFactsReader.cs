using System.Net;
using Nnpfs.Origins.Http.Asking;
using Nnpfs.Origins.Http.Reading;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http;

/// <summary>Asks a web server for the facts of one path: HEAD, or the first byte where HEAD is refused or tells too little.</summary>
internal sealed class HttpFactsReader(
    RedirectFollower follower, HttpOptions options, RangeSupport ranges, WholeReader whole, OnceVersions onceVersions)
{
    private volatile bool _headRefused;

    /// <param name="path">not the root</param>
    /// <param name="known">where they are known: the facts that are in doubt, for a conditional request</param>
    /// <param name="cancel">nobody wants them any more</param>
    public async ValueTask<Result<OriginFacts>> GetAsync(OriginPath path, OriginFacts? known, CancellationToken cancel)
    {
        if (known?.Kind == OriginKind.Directory && await IsDirectoryAsync(path, cancel) is { IsOk: true } same)
            return same;
        Uri url = options.Root.FileUrl(path);
        Result<OriginFacts> facts = _headRefused ? await ProbeAsync(url, known, cancel) : await HeadAsync(url, known, cancel);
        if (facts.Errno != Errno.ENOENT || known?.Kind == OriginKind.Directory)
            return facts;
        // Some servers know a directory only by its "/".
        Result<OriginFacts> directory = await IsDirectoryAsync(path, cancel);
        return directory.IsOk ? directory : facts;
    }

    /// <summary>The root is always a directory; asking shows that its server can be reached and lets us in.</summary>
    public async ValueTask<Result<OriginFacts>> GetRootAsync(CancellationToken cancel)
    {
        Result<HttpAnswer> sent = await follower.SendAsync(new(HttpMethod.Head, options.Root.Url), cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
            return answer.Status == HttpStatusCode.Unauthorized || ((int)answer.Status is >= 500 or 429 && (int)answer.Status != 501)
                ? HttpErrno.Of(answer.Status)
                : Directory(answer.Response);
    }

    public OriginFacts Directory(HttpResponseMessage? response) => new()
    {
        Kind = OriginKind.Directory,
        Permissions = options.DirectoryMode,
        Links = 1, // unknown: programs take 2 for a directory without directories in it
        Uid = options.Uid,
        Gid = options.Gid,
        FreshFor = response is null ? null : Freshness.Of(response),
    };

    public OriginFacts File(long size, long mtimeNs, OriginValidator validator) => new()
    {
        Kind = OriginKind.File,
        Permissions = options.FileMode,
        Uid = options.Uid,
        Gid = options.Gid,
        Size = size,
        MtimeNs = mtimeNs,
        CtimeNs = mtimeNs,
        Validator = validator,
    };

    private async ValueTask<Result<OriginFacts>> IsDirectoryAsync(OriginPath path, CancellationToken cancel)
    {
        Result<HttpAnswer> sent = await follower.SendAsync(new(HttpMethod.Head, options.Root.DirectoryUrl(path)), cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            // 403: a directory that may not be listed is one all the same. 405, 501: there is something, HEAD is refused.
            bool exists = answer.Response.IsSuccessStatusCode || (int)answer.Status is 403 or 405 or 501;
            return exists ? Directory(answer.Response) : HttpErrno.Of(answer.Status);
        }
    }

    private async ValueTask<Result<OriginFacts>> HeadAsync(Uri url, OriginFacts? known, CancellationToken cancel)
    {
        Result<HttpAnswer> sent = await follower.SendAsync(Conditional(new(HttpMethod.Head, url), known), cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            if (answer.IsDirectory)
                return Directory(answer.Response);
            if (answer.Status == HttpStatusCode.NotModified && known is not null)
                return known with { FreshFor = Freshness.Of(answer.Response) };
            if (answer.Status == HttpStatusCode.OK && answer.State.Size is { } size && Streams(answer, size) is { } streamed)
                return Facts(answer, size, streamed, known);
            if (answer.Status is not (HttpStatusCode.OK or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented or HttpStatusCode.Forbidden))
                return HttpErrno.Of(answer.Status);
            _headRefused |= answer.Status is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented;
        }
        return await ProbeAsync(url, known, cancel);
    }

    /// <summary>The first byte tells the size (Content-Range), and whether there are ranges.</summary>
    private async ValueTask<Result<OriginFacts>> ProbeAsync(Uri url, OriginFacts? known, CancellationToken cancel)
    {
        HttpAsk ask = Conditional(new(HttpMethod.Get, url) { Range = (0, 0) }, known);
        Result<HttpAnswer> sent = await follower.SendAsync(ask, cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            ranges.Learn(answer);
            if (answer.IsDirectory)
                return Directory(answer.Response);
            if (answer.Status == HttpStatusCode.NotModified && known is not null)
                return known with { FreshFor = Freshness.Of(answer.Response) };
            if (answer.Status is not (HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable))
                return HttpErrno.Of(answer.Status);
            if (answer.State.Size is { } size)
                return Facts(answer, size, answer.Status == HttpStatusCode.OK && size > 0, known);
        }
        return await whole.GetFactsAsync(url, File, cancel);
    }

    /// <summary>Does the file come as a stream only? null = unknown: a probe will tell.</summary>
    private bool? Streams(HttpAnswer answer, long size) => size == 0 ? false : !ranges.Of(answer);

    private OriginFacts Facts(HttpAnswer answer, long size, bool streamed, OriginFacts? known)
    {
        HttpState state = answer.State with { Size = size };
        OriginValidator validator = HttpValidator.Of(state);
        if (known is { Kind: OriginKind.File } && known.Size == size && Continues(known.Validator, state))
            validator = known.Validator;
        bool once = HttpValidator.Parse(validator).Kind == HttpValidatorKind.Once;
        // Without this every question would make a new version, and none could be opened.
        if (once && known is { Kind: OriginKind.File } && known.Size == size && onceVersions.IsUnread(known.Validator))
            validator = known.Validator;
        else if (once)
            onceVersions.Add(validator);
        return File(size, (state.Modified ?? 0) * 1_000_000_000, validator) with
        {
            Streamed = streamed || once,
            FreshFor = Freshness.Of(answer.Response),
        };
    }

    /// <summary>
    /// Is this the known state under another name? A listing's date and size, and the weak ETag that Apache gives to what has just
    /// changed and makes strong a second later: the version goes on.
    /// </summary>
    private static bool Continues(OriginValidator known, HttpState state) =>
        HttpValidator.Parse(known) is { Kind: HttpValidatorKind.Date or HttpValidatorKind.WeakTag } version
        && state.Modified is not null && version.Matches(state);

    private static HttpAsk Conditional(HttpAsk ask, OriginFacts? known)
    {
        if (known is not { Kind: OriginKind.File })
            return ask;
        HttpValidator validator = HttpValidator.Parse(known.Validator);
        return ask with
        {
            IfNoneMatch = validator.Tag,
            IfModifiedSince = validator.Tag is null && validator.Modified is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
        };
    }
}
