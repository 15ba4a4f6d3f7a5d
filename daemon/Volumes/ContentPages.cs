using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Volumes;

/// <summary>The pages of one cached content, as the fetcher fills them.</summary>
internal sealed class ContentPages(Content content) : IPageStore
{
    private readonly Lock _gate = new();
    private readonly List<Reservation> _reservations = []; // guarded by _gate

    public ulong FilledPages(long group) => content.StateOf(group).Map; // a group of 64 pages is a block

    public ValueTask<Errno> ReserveAsync(PageRun pages, CancellationToken cancel)
    {
        long page = content.Geometry.PageSize;
        long start = pages.First * page, end = Math.Min(pages.End * page, content.Size);
        Result<PageFill> begun = content.Begin(start, end - start);
        if (!begun.IsOk)
            return new(begun.Errno);
        lock (_gate)
            _reservations.Add(new Reservation(pages, begun.Value));
        return new((Errno)0);
    }

    public void Release(PageRun pages)
    {
        for (long page = pages.First; page < pages.End; page++)
            Done(Find(page), 1);
    }

    public ValueTask<Errno> FillAsync(long first, ReadOnlyMemory<byte> bytes)
    {
        Reservation reservation = Find(first);
        long page = content.Geometry.PageSize, offset = first * page;
        Errno errno = reservation.Fill.Write(offset, bytes.Span);
        if (errno == 0)
            errno = reservation.Fill.MarkFilled(offset, bytes.Length);
        if (errno == 0)
            Done(reservation, (bytes.Length + page - 1) / page);
        return new(errno);
    }

    private Reservation Find(long page)
    {
        lock (_gate)
            return _reservations.Find(one => one.Pages.First <= page && page < one.Pages.End)
                ?? throw new InvalidOperationException("a page that was not reserved");
    }

    /// <summary>The last page that is settled ends the reservation.</summary>
    private void Done(Reservation reservation, long pages)
    {
        lock (_gate)
        {
            reservation.Open -= pages;
            if (reservation.Open > 0)
                return;
            _reservations.Remove(reservation);
        }
        reservation.Fill.Dispose();
    }

    private sealed class Reservation(PageRun pages, PageFill fill)
    {
        public PageRun Pages { get; } = pages;

        public PageFill Fill { get; } = fill;

        public long Open { get; set; } = pages.Count; // guarded by the owner's gate
    }
}
