using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>Compares what is cached with what the origin sends, byte by byte. Changes nothing.</summary>
internal sealed class Verifier(ImageSource source, CacheFiles files)
{
    private const long Step = 4 * 1024 * 1024; // bytes of the longest request
    private const int PageSize = Image.PageSize;

    /// <summary>Filled pages that were compared.</summary>
    public long Compared { get; private set; }

    /// <summary>Of those, how many differ.</summary>
    public long Different { get; private set; }

    /// <param name="progress">told after each request</param>
    /// <param name="cancel">nobody wants it any more</param>
    /// <returns>zero: everything that is filled was compared; ESTALE: the origin has another state; else what the origin answered</returns>
    public async Task<Errno> RunAsync(Action progress, CancellationToken cancel)
    {
        long pages = files.Bits.Pages;
        for (long first = Next(0, filled: true); first < pages; first = Next(first, filled: true))
        {
            long end = Math.Min(Next(first, filled: false), first + (Step / PageSize));
            var run = new PageRun(first, end - first);
            var read = new OriginRead(source.Content.Path, source.Content.Validator, first * PageSize, source.Content.BytesOf(run));
            var sink = new Comparison(files.Cache);
            Errno errno = await source.Origin.ReadAsync(read, sink, cancel);
            if (errno != 0)
                return errno;
            Compared += run.Count;
            Different += sink.DifferentPages;
            progress();
            first = end;
        }
        return 0;
    }

    private long Next(long page, bool filled)
    {
        while (page < files.Bits.Pages && files.Bits.AreFilled(page, 1) != filled)
            page++;
        return page;
    }

    private sealed class Comparison(SafeFd cache) : IOriginSink
    {
        private long _last = -1; // page that differs

        public long DifferentPages { get; private set; }

        public ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            byte[] cached = new byte[bytes.Length];
            if (!Files.ReadAt(cache, cached, offset).TryGet(out int count, out Errno errno) || count < cached.Length)
                return new(errno != 0 ? errno : Errno.EIO);
            for (int at = 0; at < cached.Length;)
            {
                int same = bytes.Span[at..].CommonPrefixLength(cached.AsSpan(at));
                at += same;
                if (at == cached.Length)
                    break;
                long page = (offset + at) / PageSize;
                DifferentPages += page == _last ? 0 : 1;
                _last = page;
                at = (int)Math.Min(((page + 1) * PageSize) - offset, cached.Length);
            }
            return new((Errno)0);
        }
    }
}
