using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Asking;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http.Reading;

/// <summary>Reads ranges of one version of a file, and believes nothing that it can check.</summary>
/// <remarks>SOURCE: RFC 9110, sections 13.1.5 (If-Range) and 14 (ranges).</remarks>
internal sealed class HttpReader(
    RedirectFollower follower, HttpTransport transport, HttpOptions options, RangeSupport ranges, WholeReader whole, HttpFactsReader facts, OnceVersions onceVersions,
    ILogger log)
{
    /// <param name="read">what to read</param>
    /// <param name="sink">takes it</param>
    /// <param name="cancel">nobody wants it any more</param>
    /// <param name="size">that the file has by somebody else's word; another one is EIO</param>
    /// <returns>as <see cref="IOrigin.ReadAsync"/></returns>
    public async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel, long? size = null)
    {
        HttpValidator wanted = HttpValidator.Parse(read.Validator);
        Uri url = options.Root.FileUrl(read.Path);
        if (wanted.Kind == HttpValidatorKind.Read)
            return await whole.ReadAsync(url, read, sink, cancel);
        if (wanted.Kind == HttpValidatorKind.Once && (read.Offset > 0 || !onceVersions.TryUse(read.Validator)))
            return Errno.ESTALE; // nothing could tell whether this response continues a former one

        Result<HttpAnswer> sent = await follower.SendAsync(Ask(url, read, wanted), cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            ranges.Learn(answer);
            bool tellsSize = answer.Status is HttpStatusCode.PartialContent or HttpStatusCode.OK or HttpStatusCode.RequestedRangeNotSatisfiable;
            if (tellsSize && answer.State.Size is { } has && size is { } told && has != told)
            {
                log.OriginLied(HttpRoot.Printable(answer.Url), $"{has} bytes, and the manifest says {told}");
                return Errno.EIO;
            }
            return answer.Status switch
            {
                HttpStatusCode.PartialContent => await ReadPartAsync(answer, read, wanted, sink, cancel),
                HttpStatusCode.OK => await ReadStreamAsync(answer, read, wanted, sink, cancel),
                HttpStatusCode.RequestedRangeNotSatisfiable => await AtEndAsync(answer, read, wanted, cancel),
                _ when answer.IsDirectory => Errno.ESTALE, // it was a file
                _ => HttpErrno.Of(answer.Status),
            };
        }
    }

    private HttpAsk Ask(Uri url, OriginRead read, HttpValidator wanted)
    {
        var ask = new HttpAsk(HttpMethod.Get, url);
        bool stream = wanted.Kind == HttpValidatorKind.Once || (read.Offset == 0 && ranges.Of(url) == false);
        return stream ? ask : ask with { Range = (read.Offset, read.Offset + read.Length - 1), IfRange = wanted.IfRange };
    }

    private async ValueTask<Errno> ReadPartAsync(HttpAnswer answer, OriginRead read, HttpValidator wanted, IOriginSink sink, CancellationToken cancel)
    {
        if (!wanted.Matches(answer.State))
            return Errno.ESTALE;
        if (LieIn(answer.Response.Content.Headers, read) is { } lie)
        {
            log.OriginLied(HttpRoot.Printable(answer.Url), lie);
            return Errno.EIO;
        }
        long to = answer.Response.Content.Headers.ContentRange!.To!.Value;
        var cut = new BodyCut(sink, skip: 0, read.Offset, to - read.Offset + 1);
        return await FinishAsync(await BodyPump.RunAsync(answer, transport, cut.TakeAsync, cancel), cut, answer);
    }

    /// <summary>
    /// The whole file came: hand over what was asked. That the state is another one is told apart from "no ranges" by the
    /// validator.
    /// </summary>
    private async ValueTask<Errno> ReadStreamAsync(
        HttpAnswer answer, OriginRead read, HttpValidator wanted, IOriginSink sink, CancellationToken cancel)
    {
        if (!wanted.Matches(answer.State))
            return Errno.ESTALE;
        long? size = answer.State.Size ?? wanted.Size;
        long length = size is { } known ? Math.Max(Math.Min(read.Length, known - read.Offset), 0) : read.Length;
        if (length == 0)
            return 0;
        var cut = new BodyCut(sink, skip: read.Offset, read.Offset, length);
        Errno errno = await BodyPump.RunAsync(answer, transport, cut.TakeAsync, cancel);
        bool endIsProven = size is null && (answer.Response.Headers.TransferEncodingChunked == true || answer.Response.Version.Major >= 2);
        return errno == 0 && endIsProven ? 0 : await FinishAsync(errno, cut, answer);
    }

    /// <summary>416: the offset is at or past the end. Apache does not say where that is, so the facts must.</summary>
    private async ValueTask<Errno> AtEndAsync(HttpAnswer answer, OriginRead read, HttpValidator wanted, CancellationToken cancel)
    {
        HttpState state = answer.State;
        if (state.Size is null)
        {
            Result<OriginFacts> asked = await facts.GetAsync(read.Path, null, cancel);
            if (!asked.TryGet(out OriginFacts? now, out Errno errno))
                return errno;
            HttpValidator validator = HttpValidator.Parse(now.Validator);
            state = new(validator.Tag, validator.Modified, now.Size);
        }
        if (!wanted.Matches(state))
            return Errno.ESTALE;
        if (state.Size <= read.Offset)
            return 0;
        log.OriginLied(HttpRoot.Printable(answer.Url), "416 for a range that its own length has room for");
        return Errno.EIO;
    }

    private ValueTask<Errno> FinishAsync(Errno errno, BodyCut cut, HttpAnswer answer)
    {
        if (errno != 0 || cut.IsDone)
            return new(errno);
        log.OriginLied(HttpRoot.Printable(answer.Url), $"its body ended {cut.Left} bytes early");
        return new(Errno.EIO);
    }

    /// <returns>what is wrong with the headers of a 206; null = nothing</returns>
    private static string? LieIn(HttpContentHeaders headers, OriginRead read)
    {
        if (headers.ContentType?.MediaType == "multipart/byteranges")
            return "several ranges, but one was asked for";
        if (headers.ContentRange is not { HasRange: true, Unit: "bytes" } range)
            return "206 without a valid Content-Range";
        long lastAsked = read.Offset + read.Length - 1;
        long last = range.Length is { } total ? Math.Min(lastAsked, total - 1) : lastAsked;
        if (range.From != read.Offset || range.To != last)
            return $"the range {range}, but {read.Offset}-{lastAsked} was asked for";
        return headers.ContentLength is { } length && length != last - read.Offset + 1 ? $"Content-Length {length} for the range {range}" : null;
    }
}
