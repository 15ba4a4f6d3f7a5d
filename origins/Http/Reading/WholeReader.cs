using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Asking;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http.Reading;

/// <summary>Files whose length the server does not tell: read as a whole into memory, known by their digest.</summary>
internal sealed class WholeReader(RedirectFollower follower, HttpTransport transport)
{
    /// <summary>A file that is longer answers EFBIG.</summary>
    public const int Limit = 16 << 20;

    public async ValueTask<Result<OriginFacts>> GetFactsAsync(
        Uri url, Func<long, long, OriginValidator, OriginFacts> make, CancellationToken cancel)
    {
        Result<HttpAnswer> sent = await follower.SendAsync(new(HttpMethod.Get, url), cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            Result<ReadOnlyMemory<byte>> read = await ReadAsync(answer, Limit, transport, cancel);
            if (!read.TryGet(out ReadOnlyMemory<byte> content, out errno))
                return errno;
            long mtimeNs = (answer.State.Modified ?? 0) * 1_000_000_000;
            return make(content.Length, mtimeNs, ValidatorOf(content)) with { Streamed = true, FreshFor = Freshness.Of(answer.Response) };
        }
    }

    /// <summary>The version is the digest: another one is another version.</summary>
    public ValueTask<Errno> ReadAsync(Uri url, OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        ReadAsync(url, read, sink, new(content => ValidatorOf(content) == read.Validator, Errno.ESTALE), cancel);

    /// <summary>Checks the whole before the first byte is handed over.</summary>
    public async ValueTask<Errno> ReadAsync(Uri url, OriginRead read, IOriginSink sink, WholeCheck check, CancellationToken cancel)
    {
        Result<HttpAnswer> sent = await follower.SendAsync(new(HttpMethod.Get, url), cancel);
        if (!sent.TryGet(out HttpAnswer? answer, out Errno errno))
            return errno;
        using (answer)
        {
            Result<ReadOnlyMemory<byte>> all = await ReadAsync(answer, Limit, transport, cancel);
            if (!all.TryGet(out ReadOnlyMemory<byte> content, out errno))
                return errno == Errno.EFBIG ? check.Otherwise : errno;
            if (!check.IsRight(content))
                return check.Otherwise;
            int start = (int)Math.Min(read.Offset, content.Length);
            int length = (int)Math.Min(read.Length, content.Length - start);
            return length == 0 ? 0 : await sink.TakeAsync(start, content.Slice(start, length));
        }
    }

    /// <summary>A whole body, as far as the limit; a status other than 200 is its errno.</summary>
    public static async ValueTask<Result<ReadOnlyMemory<byte>>> ReadAsync(
        HttpAnswer answer, int limit, HttpTransport transport, CancellationToken cancel)
    {
        if (answer.Status != HttpStatusCode.OK)
            return answer.IsDirectory ? Errno.EISDIR : HttpErrno.Of(answer.Status);
        if (answer.State.Size > limit)
            return Errno.EFBIG;
        var content = new MemoryStream((int)(answer.State.Size ?? 0));
        Errno errno = await BodyPump.RunAsync(answer, transport, part =>
        {
            if (content.Length + part.Length > limit)
                return new(Errno.EFBIG);
            content.Write(part.Span);
            return new((Errno)0);
        }, cancel);
        return errno == 0 ? new ReadOnlyMemory<byte>(content.GetBuffer(), 0, (int)content.Length) : errno;
    }

    private static OriginValidator ValidatorOf(ReadOnlyMemory<byte> content) =>
        HttpValidator.OfRead(SHA256.HashData(content.Span), content.Length);
}

/// <param name="IsRight">is this whole what is wanted?</param>
/// <param name="Otherwise">what is answered if not</param>
internal readonly record struct WholeCheck(Func<ReadOnlyMemory<byte>, bool> IsRight, Errno Otherwise);
