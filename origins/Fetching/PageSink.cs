using System.Buffers;

namespace Nnpfs.Origins.Fetching;

/// <summary>Cuts what an origin sends into whole pages, and fills them. What comes page by page is not copied.</summary>
/// <remarks>One thread at a time: an origin hands over one piece, and waits.</remarks>
/// <param name="fetcher">of the content</param>
/// <param name="range">the request; it may grow meanwhile</param>
/// <param name="room">the page before which there is room</param>
/// <param name="cancel">the request's</param>
internal sealed class PageSink(PageFetcher fetcher, RangeFetch range, long room, CancellationToken cancel) : IOriginSink
{
    private const int Group = 64; // pages that one FillAsync may touch lie within a group

    private readonly PageContent _content = fetcher.Content;
    private readonly long _end = Math.Min(range.Reach * fetcher.Content.PageSize, fetcher.Content.Size);

    private long _position = range.Pages.First * fetcher.Content.PageSize;
    private byte[]? _begun; // the page that has come in part
    private int _begunBytes;
    private bool _closed;

    /// <summary>The first page that is not filled.</summary>
    internal long NextPage { get; private set; } = range.Pages.First;

    /// <summary>The page before which there is room.</summary>
    internal long Room { get; private set; } = room;

    /// <summary>All that is wanted has come, and the origin was told to stop.</summary>
    internal bool HasEnough { get; private set; }

    public async ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
    {
        if (_closed || offset != _position || bytes.Length > _end - _position)
            return Errno.EIO; // not what was asked for
        _position += bytes.Length;
        fetcher.Pool.Counters.Received(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (NextPage == Room && await GrowAsync().ConfigureAwait(false) is var stop && stop != 0)
                return stop;
            if (range.MustYield && fetcher.TryYield(range))
                return Errno.ECANCELED;
            int whole = _begunBytes > 0 ? 0 : WholePages(bytes.Length);
            ReadOnlyMemory<byte> pages = whole > 0 ? bytes[..whole] : Begin(ref bytes);
            bytes = whole > 0 ? bytes[whole..] : bytes;
            if (!pages.IsEmpty && await FillAsync(pages).ConfigureAwait(false) is var failed && failed != 0)
                return failed;
        }
        return 0;
    }

    /// <summary>Gives its memory back; what comes later is refused.</summary>
    internal void Close()
    {
        _closed = true;
        if (_begun is not null)
            ArrayPool<byte>.Shared.Return(_begun);
        _begun = null;
    }

    /// <summary>Waits until there are pages for what comes next.</summary>
    /// <returns>ECANCELED: there will be none; of the store</returns>
    private async ValueTask<Errno> GrowAsync()
    {
        long end = await fetcher.GrownAsync(range, Room, cancel).ConfigureAwait(false);
        HasEnough = end == Room;
        if (HasEnough)
            return Errno.ECANCELED;
        var run = new PageRun(Room, end - Room);
        if (await range.ReserveAsync(run, cancel).ConfigureAwait(false) is var refused && refused != 0)
            return refused;
        range.Tell(run);
        Room = end;
        return 0;
    }

    /// <summary>How many of the bytes are whole pages of the group that the next page is in.</summary>
    private int WholePages(int length)
    {
        long group = Math.Min((((NextPage / Group) + 1) * Group) - NextPage, Room - NextPage);
        long bytes = _content.BytesOf(new PageRun(NextPage, group));
        return length >= bytes ? (int)bytes : length / _content.PageSize * _content.PageSize;
    }

    /// <summary>Adds to the page that has come in part.</summary>
    /// <returns>the page, when it is whole now; else nothing</returns>
    private ReadOnlyMemory<byte> Begin(ref ReadOnlyMemory<byte> bytes)
    {
        _begun ??= ArrayPool<byte>.Shared.Rent(_content.PageSize);
        int size = (int)_content.BytesOf(new PageRun(NextPage, 1));
        int taken = Math.Min(size - _begunBytes, bytes.Length);
        bytes.Span[..taken].CopyTo(_begun.AsSpan(_begunBytes));
        bytes = bytes[taken..];
        _begunBytes += taken;
        if (_begunBytes < size)
            return default;
        _begunBytes = 0;
        return _begun.AsMemory(0, size);
    }

    private async ValueTask<Errno> FillAsync(ReadOnlyMemory<byte> bytes)
    {
        long count = (bytes.Length + _content.PageSize - 1) / _content.PageSize;
        ValueTask<Errno> fill = _content.Streamed ? FillMissingAsync(bytes, count) : fetcher.Store.FillAsync(NextPage, bytes);
        if (await fill.ConfigureAwait(false) is var failed && failed != 0)
            return failed;
        NextPage += count;
        fetcher.OnFilled(range, NextPage, bytes.Length);
        return 0;
    }

    /// <summary>A stream brings pages that are filled already: they are passed over. Room is made as the pages come.</summary>
    private async ValueTask<Errno> FillMissingAsync(ReadOnlyMemory<byte> bytes, long count)
    {
        long end = NextPage + count;
        for (long first = fetcher.Store.FirstMissing(NextPage, end); first < end;)
        {
            var run = new PageRun(first, fetcher.Store.FirstFilled(first, end) - first);
            if (await range.ReserveAsync(run, CancellationToken.None).ConfigureAwait(false) is var refused && refused != 0)
                return refused;
            var piece = bytes.Slice((int)((first - NextPage) * _content.PageSize), (int)_content.BytesOf(run));
            if (await fetcher.Store.FillAsync(first, piece).ConfigureAwait(false) is var failed && failed != 0)
            {
                fetcher.Store.Release(run);
                return failed;
            }
            first = fetcher.Store.FirstMissing(run.End, end);
        }
        return 0;
    }
}
