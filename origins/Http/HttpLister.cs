using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Asking;
using Nnpfs.Origins.Http.Listings;
using Nnpfs.Origins.Http.Reading;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http;

/// <summary>Reads a directory's listing from its server: what it is told by its media type.</summary>
internal sealed class HttpLister(
    RedirectFollower follower, HttpTransport transport, HttpOptions options, HttpFactsReader facts, ListedFacts listed, ILogger log)
{
    private const int MaxBody = 128 << 20;

    /// <returns>ENOTDIR, ENOENT, EACCES, EIO (not a listing that is understood), EFBIG ...</returns>
    public async ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel)
    {
        Result<HttpAnswer> sent = await follower.SendAsync(new(HttpMethod.Get, options.Root.DirectoryUrl(directory)), cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            if (answer.Status == HttpStatusCode.NotFound)
                return await WhyNotFoundAsync(directory, cancel);
            Result<ReadOnlyMemory<byte>> read = await WholeReader.ReadAsync(answer, MaxBody, transport, cancel);
            if (!read.TryGet(out ReadOnlyMemory<byte> body, out errno))
                return errno;
            var sink = new ListingSink();
            if (Parse(answer, body.Span, sink) is { } wrong)
            {
                log.NotAListing(HttpRoot.Printable(answer.Url), wrong);
                return Errno.EIO;
            }
            return await MakeAsync(directory, answer, body, sink, cancel);
        }
    }

    /// <returns>what is wrong; null = the sink has the entries</returns>
    private static string? Parse(HttpAnswer answer, ReadOnlySpan<byte> body, ListingSink sink)
    {
        string type = answer.Response.Content.Headers.ContentType?.MediaType?.ToLowerInvariant() ?? "text/html";
        switch (type)
        {
            case "application/json":
                if (!JsonListing.TryParse(body, sink))
                    return "not the JSON of nginx's autoindex";
                break;
            case "text/html" or "application/xhtml+xml":
                HtmlListing.Parse(body, answer.Url, sink);
                break;
            default:
                return $"its type is {type}";
        }
        return sink.IsFull ? $"more than {ListingSink.MaxEntries} entries" : null;
    }

    private async ValueTask<Result<OriginListing>> MakeAsync(
        OriginPath directory, HttpAnswer answer, ReadOnlyMemory<byte> body, ListingSink sink, CancellationToken cancel)
    {
        bool exact = await listed.AreExactAsync(directory, sink.Entries, cancel);
        List<OriginEntry> entries = sink.Entries.ConvertAll(entry => new OriginEntry(
            entry.Name, entry.IsDirectory ? OriginKind.Directory : OriginKind.File,
            entry.IsDirectory ? facts.Directory(null) : exact ? listed.Of(entry) : null));
        var validator = new OriginValidator("sha256:" + Convert.ToHexStringLower(SHA256.HashData(body.Span)), IsStrong: true);
        return new OriginListing(entries, validator) { FreshFor = Freshness.Of(answer.Response) };
    }

    /// <summary>Servers say 404 to "file/", too.</summary>
    private async ValueTask<Result<OriginListing>> WhyNotFoundAsync(OriginPath directory, CancellationToken cancel)
    {
        if (directory.IsRoot)
            return Errno.ENOENT;
        Result<OriginFacts> found = await facts.GetAsync(directory, null, cancel);
        return found.TryGet(out OriginFacts? file, out _) && file.Kind == OriginKind.File ? Errno.ENOTDIR : Errno.ENOENT;
    }
}
