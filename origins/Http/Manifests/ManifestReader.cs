using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Reading;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http.Manifests;

/// <summary>Reads content, and holds it against what the manifest says of it: always the size, of small files the digest.</summary>
internal sealed class ManifestReader(
    ManifestSource source, ManifestLister lister, HttpReader reader, WholeReader whole, HttpOptions options, ILogger log)
{
    /// <returns>ESTALE: the manifest tells of another version by now; EIO: the server has something else than the manifest says</returns>
    public async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        Result<OriginFacts> told = await lister.GetFactsAsync(read.Path, cancel);
        if (!told.TryGet(out OriginFacts? facts, out Errno errno))
            return errno is Errno.ENOENT or Errno.ENOTDIR ? Errno.ESTALE : errno;
        if (facts.Kind != OriginKind.File || (!read.Validator.IsEmpty && facts.Validator != read.Validator))
            return Errno.ESTALE;
        errno = ManifestLine.Sha256Of(facts.Validator.Value) is { } digest && facts.Streamed
            ? await ReadWholeAsync(read, facts.Size, digest, sink, cancel)
            : await reader.ReadAsync(read, sink, cancel, facts.Size);
        if (errno == Errno.EIO)
            source.Doubt(); // perhaps file and manifest have changed: the next try sees
        return errno;
    }

    private ValueTask<Errno> ReadWholeAsync(OriginRead read, long size, byte[] digest, IOriginSink sink, CancellationToken cancel)
    {
        Uri url = options.Root.FileUrl(read.Path);
        return whole.ReadAsync(url, read, sink, new(content => Is(url, content, size, digest), Errno.EIO), cancel);
    }

    private bool Is(Uri url, ReadOnlyMemory<byte> content, long size, byte[] digest)
    {
        bool isSame = content.Length == size && SHA256.HashData(content.Span).AsSpan().SequenceEqual(digest);
        if (!isSame)
            log.OriginLied(HttpRoot.Printable(url), $"{content.Length} bytes that are not what the manifest says of it");
        return isSame;
    }
}
