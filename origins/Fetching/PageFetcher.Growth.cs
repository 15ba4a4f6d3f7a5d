namespace Nnpfs.Origins.Fetching;

/// <content>Requests that go on with their reader, so that no round trip lies between one window and the next.</content>
public sealed partial class PageFetcher
{
    private bool GoesOn => Pool.Options.LongRangeSize > 0 && !Content.Streamed;

    /// <summary>Waits for more pages behind the ones that have come.</summary>
    /// <returns>the end of the request's pages; the same as before: it is to end</returns>
    internal async ValueTask<long> GrownAsync(RangeFetch request, long end, CancellationToken cancel)
    {
        await request.RestAsync(end, Pool.Options.MaxRest, cancel).ConfigureAwait(false);
        lock (_gate)
        {
            if (request.Pages.End == end)
                request.Seal(); // from here on its next pages are another one's
            return request.Pages.End;
        }
    }

    /// <summary>Gives a request up whose place is wanted, unless somebody waits for its pages: its reader's window begins anew.</summary>
    internal bool TryYield(RangeFetch request)
    {
        lock (_gate)
        {
            if (request.Waiters.Exists(entry => !entry.Waiter.IsPassive))
                return false;
            request.Seal();
            request.IsAbandoned = true;
            _streams.Find(request.Stream)?.Cut(request.Next);
            return true;
        }
    }

    /// <summary>Has the request before a run take pages of it, if it can go on, and will be there soon or is made for this reader.</summary>
    /// <remarks>What lies between is little, and comes along: reads of one file by several readers overtake each other.</remarks>
    /// <returns>the request, which has the first of the pages now; null = there is none that could</returns>
    private RangeFetch? TryGrow(PageRun run, ulong stream)
    {
        if (_requests.Before(run.First) is not { MayGrow: true, IsAbandoned: false, MustYield: false } request || request.Reach <= run.First)
            return null;
        long end = request.Pages.End;
        bool isClose = (run.First - end) * Content.PageSize <= Pool.Options.MinRangeSize && Store.FirstFilled(end, run.First) == run.First;
        bool isSoon = (run.First - request.Next) * Content.PageSize <= Pool.Options.RangeSize || (stream != 0 && request.Stream == stream);
        if (!isClose || !isSoon)
            return null;
        request.Grow(run.End, stream);
        return request;
    }

    /// <summary>How far a request that begins at a page may grow: to the next page that is filled or somebody else's, and by the options.</summary>
    private long ReachOf(PageRun run)
    {
        long end = Math.Min(Content.Pages, run.First + (Pool.Options.LongRangeSize / Content.PageSize));
        end = Math.Min(end, _requests.AtOrAfter(run.First)?.Pages.First ?? end);
        return Math.Max(Store.FirstFilled(run.First, end), run.End);
    }
}
