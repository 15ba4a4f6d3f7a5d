namespace Nnpfs.Origins.Fetching;

/// <summary>Judges the reads of one open file, and says how far ahead of it to fetch. Pages, nothing else: no I/O, no clock.</summary>
/// <remarks>
/// Only misses and marks are seen here, in an order that parallel reads of the kernel may have changed a little. A run is a piece of
/// content that reads have covered without a hole; once it holds two pages, and more than one read or the content's start, a window opens
/// in front of it.
/// Not safe for two threads: its fetcher's lock guards it.
/// </remarks>
internal sealed class ReadStream(PageContent content, FetchOptions options)
{
    private const long Back = 1024 * 1024; // bytes that a read may lie behind the run's end, and still belong to it

    private const int Growth = 4; // of the window, each time that half of it was read: a round trip each, so there are to be few

    private long _start, _end = -1; // the run; before the first read: none
    private long _edge; // pages of the run before this are fetched or being fetched
    private long _window; // pages; 0 = not open

    /// <summary>Where the next <c>Ahead</c> is due, in pages; 0 = nowhere.</summary>
    internal long Mark => _window == 0 || _edge >= content.Pages ? 0 : _edge - (_window / 2);

    /// <summary>The end of the window in pages; 0 = there is none.</summary>
    internal long AheadEnd => _window == 0 ? 0 : _edge;

    /// <summary>A read, or, with no pages, the word that the reader came to a mark.</summary>
    /// <param name="read">the pages that it touches</param>
    /// <param name="seek">true: what was fetched ahead of this reader is of no use any more</param>
    /// <returns>the pages to fetch ahead now; may be none</returns>
    internal PageRun Take(PageRun read, out bool seek)
    {
        seek = !Continues(read);
        if (seek)
        {
            bool first = _end < 0;
            (_start, _end, _edge, _window) = (read.First, read.End, read.End, 0);
            seek = !first;
            // Who begins with a large read at the start means to go on, as the kernel's readahead does for such a reader.
            return first && read is { First: 0, Count: >= 2 } && options.MaxAhead > 0 ? Extend() : default;
        }
        _start = Math.Min(_start, read.First);
        _end = Math.Max(_end, read.End);
        _edge = Math.Max(_edge, _end);
        return _end - _start < 2 || options.MaxAhead == 0 ? default : Extend();
    }

    /// <summary>What was to be fetched ahead will not come from this page on.</summary>
    internal void Cut(long page) => _edge = Math.Clamp(page, Math.Min(_end, _edge), _edge);

    private bool Continues(PageRun read)
    {
        if (_end < 0)
            return false;
        // A read of one page says little: it must touch. Longer ones may have overtaken their neighbour.
        long gap = read.Count > 1 ? read.Count : 0;
        long back = Math.Max(Back / content.PageSize, 2);
        return read.First <= _edge + gap && read.End >= Math.Max(_start - gap, _end - back);
    }

    private PageRun Extend()
    {
        if (_edge - _end > _window / 2)
            return default;
        long least = Math.Max(options.MinAhead / content.PageSize, 1), most = Math.Max(options.MaxAhead / content.PageSize, 1);
        if (options.MaxAheadShare > 0)
            most = Math.Clamp((long)((_end - _start) * options.MaxAheadShare), 1, most);
        _window = Math.Min(Math.Max(_window * Growth, Math.Min(least, most)), most);
        long from = _edge;
        _edge = Math.Max(Math.Min(_end + _window, content.Pages), from);
        return new PageRun(from, _edge - from);
    }
}
