using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>Keeps fetched pages in the cache file, each at its own offset.</summary>
internal sealed class PageStore(CacheFiles files, int pageSize, Action filled) : IPageStore
{
    public ulong FilledPages(long group) => files.Bits.Word(group);

    public ValueTask<Errno> ReserveAsync(PageRun pages, CancellationToken cancel) => new((Errno)0);

    public void Release(PageRun pages)
    {
        // nothing was reserved: the cache file has no limit but its disk's
    }

    public ValueTask<Errno> FillAsync(long first, ReadOnlyMemory<byte> bytes)
    {
        Errno errno = Files.WriteAt(files.Cache, bytes.Span, first * pageSize);
        if (errno != 0)
            return new(errno);
        files.Bits.Fill(first, (bytes.Length + pageSize - 1) / pageSize);
        files.Bitmap.Touch(first);
        if (files.Bits.Missing == 0)
            filled();
        return new((Errno)0);
    }
}
