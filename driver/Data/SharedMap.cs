using Nnpfs.Posix;

namespace Nnpfs.Driver.Data;

/// <summary>Which pages of a version lie in one file of the cache, in memory that programs can read: those that have that file open and read it
/// past us, page by page.</summary>
/// <remarks>
/// SOURCE: struct boost_map, booster/protocol.h: the page's size, the mark, then a word for each block.
/// INVARIANT: a bit that is set is of a page that lay in the file when the bit was read. Whoever changes a block's state refreshes its word
/// afterwards, and a word is made and written under the gate: the last one written is of the last state.
/// </remarks>
internal sealed class SharedMap
{
    /// <summary>Blocks that a program takes: booster/protocol.h.</summary>
    public const int MostBlocks = 8190;

    private const int PageSizeAt = 0, MarkAt = 1, BlocksAt = 2;

    private readonly Content _content;
    private readonly SharedWords _words;
    private readonly Lock _gate = new();
    private bool _over; // guarded by _gate

    private SharedMap(Content content, BlockSource source, SharedWords words) => (_content, Source, _words) = (content, source, words);

    /// <summary>The file.</summary>
    public BlockSource Source { get; }

    /// <summary>For reading alone.</summary>
    public SafeFd Descriptor => _words.Descriptor;

    /// <summary>Bytes.</summary>
    public long Length => (BlocksAt + _content.Blocks) * sizeof(ulong);

    /// <param name="content">of at most <see cref="MostBlocks"/>; it refreshes this from now on</param>
    /// <param name="source">of it</param>
    public static Result<SharedMap> Create(Content content, BlockSource source)
    {
        if (!SharedWords.Create("nnpfs-map", BlocksAt + (int)content.Blocks).TryGet(out SharedWords? words, out Errno errno))
            return errno;
        words.Write(PageSizeAt, (ulong)content.Geometry.PageSize);
        words.Write(MarkAt, ulong.MaxValue);
        var map = new SharedMap(content, source, words);
        content.Share(map); // before the first look at its blocks: no change is lost between
        for (long block = 0; block < content.Blocks; block++)
            map.Refresh(block);
        return map;
    }

    /// <summary>A block's state has changed.</summary>
    public void Refresh(long block)
    {
        lock (_gate)
        {
            if (!_over)
                _words.Write(BlocksAt + (int)block, _content.Get(block) is { } state && state.Source == Source ? state.Map : 0);
        }
    }

    /// <summary>The first read that reaches this offset (bytes) is to come by FUSE, so that we see it.</summary>
    public void SetMark(long mark)
    {
        lock (_gate)
        {
            if (!_over)
                _words.Write(MarkAt, (ulong)mark);
        }
    }

    /// <summary>No page is to be read past us any more. Once is enough.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_over)
                return;
            _over = true;
            for (int block = 0; block < _content.Blocks; block++)
                _words.Write(BlocksAt + block, 0);
            _words.Dispose();
        }
        _content.Unshare(this);
    }
}
