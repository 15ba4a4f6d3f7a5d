using System.Collections.Concurrent;
using Nnpfs.Origins.Fetching;

namespace Nnpfs.TestKit.Origins;

/// <summary>A page store in memory that checks what a fetcher promises: reserve, then fill or release, once, and whole pages.</summary>
public sealed class MemoryPages(PageContent content) : IPageStore
{
    private readonly Lock _gate = new();
    private readonly byte[] _bytes = new byte[content.Size];
    private readonly bool[] _filled = new bool[content.Pages + 64]; // guarded by _gate
    private readonly bool[] _reserved = new bool[content.Pages]; // guarded by _gate

    /// <summary>What broke the rules; empty while all is well.</summary>
    public ConcurrentQueue<string> Wrongs { get; } = new();

    /// <summary>What a reservation answers.</summary>
    public Func<PageRun, Errno> Refuse { get; set; } = _ => 0;

    /// <summary>Awaited before pages are filled.</summary>
    public Func<long, Task>? BeforeFill { get; set; }

    /// <summary>How often each page was filled.</summary>
    public int[] Fills { get; } = new int[content.Pages];

    public byte[] Bytes => _bytes;

    public int ReservedPages
    {
        get
        {
            lock (_gate)
                return _reserved.Count(reserved => reserved);
        }
    }

    public bool IsFilled(PageRun pages)
    {
        lock (_gate)
            return _filled.AsSpan((int)pages.First, (int)pages.Count).IndexOf(false) < 0;
    }

    public ulong FilledPages(long group)
    {
        lock (_gate)
        {
            ulong map = 0;
            for (int i = 0; i < 64 && (group * 64) + i < content.Pages; i++)
                map |= _filled[(group * 64) + i] ? 1ul << i : 0;
            return map;
        }
    }

    public ValueTask<Errno> ReserveAsync(PageRun pages, CancellationToken cancel)
    {
        if (Refuse(pages) is var refused && refused != 0)
            return ValueTask.FromResult(refused);
        lock (_gate)
        {
            for (long page = pages.First; page < pages.End; page++)
            {
                Check(!_filled[page] && !_reserved[page], $"page {page} was reserved while filled or reserved");
                _reserved[page] = true;
            }
        }
        return ValueTask.FromResult<Errno>(0);
    }

    public void Release(PageRun pages)
    {
        lock (_gate)
        {
            for (long page = pages.First; page < pages.End; page++)
            {
                Check(_reserved[page], $"page {page} was released without a reservation");
                _reserved[page] = false;
            }
        }
    }

    public async ValueTask<Errno> FillAsync(long first, ReadOnlyMemory<byte> bytes)
    {
        if (BeforeFill is { } before)
            await before(first);
        long count = (bytes.Length + content.PageSize - 1) / content.PageSize;
        Check(bytes.Length == content.BytesOf(new PageRun(first, count)), $"page {first}: {bytes.Length} bytes are not whole pages");
        Check(first / 64 == (first + count - 1) / 64, $"pages {first} + {count} cross a group");
        lock (_gate)
        {
            for (long page = first; page < first + count; page++)
            {
                Check(_reserved[page] && !_filled[page], $"page {page} was filled without a reservation, or twice");
                (_reserved[page], _filled[page]) = (false, true);
                Fills[page]++;
            }
            bytes.CopyTo(_bytes.AsMemory((int)(first * content.PageSize)));
        }
        return 0;
    }

    private void Check(bool holds, string wrong)
    {
        if (!holds)
            Wrongs.Enqueue(wrong);
    }
}
