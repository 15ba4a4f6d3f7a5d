using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Fetching what a recorded run fetched, in its order.</summary>
internal sealed partial class Volume
{
    private async Task PrefetchRangesAsync(IReadOnlyList<FetchedRange> ranges, PrefetchTally tally, CancellationToken cancel)
    {
        foreach (FetchedRange range in ranges)
            tally.Found(range.Length);
        tally.Walked = true;
        await Parallel.ForEachAsync(
            ranges,
            new ParallelOptions { MaxDegreeOfParallelism = PrefetchAtOnce, CancellationToken = cancel },
            async (range, stop) => await PrefetchRangeAsync(range, tally, stop));
    }

    private async ValueTask PrefetchRangeAsync(FetchedRange range, PrefetchTally tally, CancellationToken cancel)
    {
        tally.Current = range.Path;
        if (!(await FindFileAsync(range.Path, cancel)).TryGet(out NodeRecord? file, out Errno errno))
        {
            tally.Fail(range.Path, errno);
            return;
        }
        // A file that is shorter by now is fetched as far as it goes.
        long length = Math.Min(range.Length, file.Facts.Size - range.Offset);
        errno = length > 0 ? await FetchAheadAsync(file, range.Path, range.Offset, length, cancel) : 0;
        if (errno == 0)
            tally.Done(range.Length);
        else
            tally.Fail(range.Path, errno);
    }

    /// <returns>a file with its version; EISDIR and the like: EINVAL; the errnos of a lookup</returns>
    private async ValueTask<Result<NodeRecord>> FindFileAsync(OriginPath path, CancellationToken cancel)
    {
        if (!(await FindAsync(path, cancel)).TryGet(out NodeId node, out Errno errno))
            return errno;
        using Wait wait = NewWait("prefetch", node);
        Result<Grant> known = await GetAttributesAsync(node, wait, cancel);
        if (!known.IsOk)
            return known.Errno;
        return known.Value.Node is { Version: not 0, Facts.Kind: OriginKind.File } file ? file : Errno.EINVAL;
    }
}
