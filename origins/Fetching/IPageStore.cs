namespace Nnpfs.Origins.Fetching;

/// <summary>Where the pages of one content are kept. It knows no origin; the fetcher knows nothing of files and blocks behind it.</summary>
/// <remarks>
/// Members may be called from many threads at once, but never for one page by two at a time: the fetcher has one fetch per page.
/// Order for a page: <see cref="ReserveAsync"/>, then either <see cref="FillAsync"/> (success) or <see cref="Release"/>, exactly once.
/// </remarks>
public interface IPageStore
{
    /// <summary>Which pages of a group of 64 are filled: bit i stands for page 64 * <paramref name="group"/> + i.</summary>
    /// <remarks>Asked under a lock of the fetcher: it answers at once, waits for nothing and calls nobody back.</remarks>
    ulong FilledPages(long group);

    /// <summary>Makes room for pages that are about to be fetched; none of them is filled or reserved.</summary>
    /// <returns>zero; ENOSPC: there is no room, nothing is fetched, the waiters are told</returns>
    ValueTask<Errno> ReserveAsync(PageRun pages, CancellationToken cancel);

    /// <summary>Gives back the room of reserved pages that were not filled.</summary>
    void Release(PageRun pages);

    /// <summary>Writes whole pages and marks them filled: readers are woken when this returns zero.</summary>
    /// <param name="first">page number; the pages lie within one group of 64</param>
    /// <param name="bytes">whole pages, the last of the content may be short; valid until the task ends</param>
    /// <returns>zero; ENOSPC, EIO ...: none of these pages counts as filled</returns>
    ValueTask<Errno> FillAsync(long first, ReadOnlyMemory<byte> bytes);
}

/// <summary>Pages that follow each other: numbers within one content.</summary>
public readonly record struct PageRun(long First, long Count)
{
    public long End => First + Count;
}
