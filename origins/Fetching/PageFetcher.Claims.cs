namespace Nnpfs.Origins.Fetching;

/// <content>Who waits for which request, and which requests there are. Everything here runs under the gate.</content>
public sealed partial class PageFetcher
{
    /// <summary>Pages of a request were filled.</summary>
    internal void OnFilled(RangeFetch request, long next, long bytes)
    {
        lock (_gate)
        {
            Pool.Counters.Filled(bytes, ahead: request.Stream != 0 && request.Waiters.Count == 0);
            request.Next = next;
            for (int i = request.Waiters.Count - 1; i >= 0; i--)
            {
                if (request.Waiters[i].Until > next)
                    continue;
                request.Waiters[i].Waiter.Arrived();
                request.RemoveWaiterAt(i);
            }
            AbandonIfUnwanted(request);
        }
    }

    /// <summary>A request has ended: its pages are filled, or may be fetched by another.</summary>
    internal void OnEnd(RangeFetch request, Errno errno)
    {
        lock (_gate)
        {
            _requests.Remove(request);
            // What was fetched for nobody and found no room says nothing about the page that a reader wants.
            bool again = request.IsAbandoned || (errno == Errno.ENOSPC && request.Stream != 0);
            EndWaiters(request, errno, again);
            if (errno != Errno.ESTALE || request.IsAbandoned)
                return;
            foreach (RangeFetch other in _requests.All.ToArray())
            {
                EndWaiters(other, errno, again: false); // the version is gone for all of them
                other.IsSpeculative = false;
                AbandonIfUnwanted(other);
            }
        }
    }

    private static void EndWaiters(RangeFetch request, Errno errno, bool again)
    {
        foreach ((PageWaiter waiter, _) in request.Waiters)
        {
            if (again)
                waiter.LookAgain();
            else
                waiter.Fail(errno);
        }
        request.Waiters.Clear();
    }

    /// <summary>Makes the waiter wait for every page that is not filled: in requests that exist, and in new ones.</summary>
    /// <param name="pages">that it wants</param>
    /// <param name="priority">of new requests</param>
    /// <param name="waiter">who waits</param>
    /// <param name="stream">the reader with whom the last of new requests may go on; 0 = none</param>
    private void Join(PageRun pages, FetchPriority priority, PageWaiter waiter, ulong stream)
    {
        for (long at = pages.First; at < pages.End;)
        {
            RangeFetch? request = _requests.AtOrAfter(at);
            bool inside = request is not null && request.Pages.First <= at;
            long stop = Math.Min(pages.End, request is null ? long.MaxValue : inside ? request.Pages.End : request.Pages.First);
            if (inside)
                JoinRequest(request!, new PageRun(at, stop - at), priority, waiter);
            else
                Claim(new PageRun(at, stop - at), priority, Pool.Options.RangeSize, stop == pages.End ? stream : 0, waiter);
            at = stop;
        }
    }

    private void JoinRequest(RangeFetch request, PageRun pages, FetchPriority priority, PageWaiter waiter)
    {
        long until = Store.LastMissing(pages.First, pages.End) + 1;
        if (until <= Math.Max(pages.First, request.Next))
            return;
        request.Waiters.Add((waiter, until));
        waiter.Ranges.Add(request);
        waiter.Missing++;
        Pool.Promote(request, priority);
    }

    /// <summary>Makes requests for the missing pages of a run that no request covers, or has the one before it go on.</summary>
    private void Claim(PageRun pages, FetchPriority priority, long rangeBytes, ulong stream, PageWaiter? waiter)
    {
        long most = Math.Max(rangeBytes / Content.PageSize, 1);
        long first = Store.FirstMissing(pages.First, pages.End);
        while (first < pages.End)
        {
            var wanted = new PageRun(first, Store.FirstFilled(first, pages.End) - first);
            RangeFetch? grown = TryGrow(wanted, stream != 0 ? stream : waiter?.Stream ?? 0);
            PageRun run = wanted with { Count = Math.Min(wanted.Count, grown is null ? most : grown.Pages.End - first) };
            RangeFetch request = grown ?? Make(run, priority, stream, run.End == pages.End, waiter);
            if (waiter is not null)
                JoinRequest(request, Content.Streamed ? pages : run, priority, waiter);
            if (grown is null && !Pool.Enqueue(request))
                Refuse(request);
            first = Content.Streamed ? pages.End : Store.FirstMissing(run.End, pages.End);
        }
    }

    private RangeFetch Make(PageRun run, FetchPriority priority, ulong stream, bool isLast, PageWaiter? waiter)
    {
        if (Content.Streamed)
            run = new PageRun(0, Content.Pages);
        var request = new RangeFetch(this, run, priority, stream)
        {
            Maker = waiter,
            Reach = GoesOn && isLast && stream != 0 ? ReachOf(run) : run.End,
        };
        _requests.Add(request);
        return request;
    }

    private void Refuse(RangeFetch request)
    {
        _requests.Remove(request);
        EndWaiters(request, Errno.ECANCELED, again: false);
    }

    /// <summary>Moves the stream's window on, for a read or a mark.</summary>
    /// <param name="read">pages; none for a mark</param>
    /// <param name="stream">0 = nobody's</param>
    /// <param name="seek">what was fetched ahead is of no use any more</param>
    /// <returns>the pages to fetch ahead now</returns>
    private PageRun Judge(PageRun read, ulong stream, out bool seek)
    {
        seek = false;
        return stream == 0 || Content.Streamed ? default : _streams.Touch(stream).Take(read, out seek);
    }

    /// <summary>Has a window fetched.</summary>
    /// <param name="window">pages; may be none</param>
    /// <param name="stream">whose it is</param>
    /// <param name="ahead">waits for what is fetched ahead; null = nobody does</param>
    private void FetchAhead(PageRun window, ulong stream, PageWaiter? ahead)
    {
        long size = GoesOn ? Content.Size : Math.Clamp(
            window.Count * Content.PageSize / Pool.Options.ParallelRanges, Pool.Options.MinRangeSize, Pool.Options.RangeSize);
        for (long at = window.First; at < window.End;)
        {
            RangeFetch? request = _requests.AtOrAfter(at);
            bool inside = request is not null && request.Pages.First <= at;
            long stop = Math.Min(window.End, request is null ? long.MaxValue : inside ? request.Pages.End : request.Pages.First);
            if (!inside)
                Claim(new PageRun(at, stop - at), FetchPriority.Ahead, size, stream, ahead);
            at = stop;
        }
    }

    private void ForgetStream(ulong stream)
    {
        if (stream == 0)
            return; // the requests of those who wait have this number
        _streams.Forget(stream);
        DropWindow(stream);
    }

    private void DropWindow(ulong stream)
    {
        foreach (RangeFetch request in _requests.All.Where(request => request.Stream == stream).ToArray())
        {
            request.IsSpeculative = false;
            AbandonIfUnwanted(request);
        }
    }

    /// <summary>A waiter gives up.</summary>
    private void Leave(PageWaiter waiter)
    {
        foreach (RangeFetch request in waiter.Ranges)
        {
            int place = request.Waiters.FindIndex(entry => entry.Waiter == waiter);
            if (place < 0)
                continue;
            request.RemoveWaiterAt(place);
            AbandonIfUnwanted(request);
        }
    }

    private void AbandonIfUnwanted(RangeFetch request)
    {
        if (request.IsWanted || request.IsAbandoned)
            return;
        request.Seal();
        if (request.Next >= request.Pages.End)
            return;
        request.IsAbandoned = true;
        if (!Pool.TryRemove(request))
        {
            request.Cancel(); // its pages stay its own until it has ended
            return;
        }
        _requests.Remove(request);
        EndWaiters(request, Errno.ECANCELED, again: true);
    }
}
