namespace Nnpfs.Origins.Fetching;

/// <summary>Brings pages of one version of one file from its origin into a store: one fetch per page, however many wait for it.</summary>
/// <remarks>
/// A waiter waits for its own pages only, and is woken in the middle of a longer request. It knows no nodes, no cache and no channel.
/// INVARIANT: a page that is neither filled nor within a request of <see cref="_requests"/> is being fetched by nobody.
/// </remarks>
public sealed partial class PageFetcher
{
    private const long PieceBytes = 64 * 1024 * 1024; // of a long fetch, so that its bookkeeping stays small

    private readonly Lock _gate = new(); // LOCK ORDER: before FetchPool's; IPageStore.FilledPages is asked under it
    private readonly RequestList _requests = new(); // guarded by _gate
    private readonly StreamTable _streams; // guarded by _gate

    internal PageFetcher(FetchPool pool, PageContent content, IPageStore store)
    {
        (Pool, Content, Store) = (pool, content, store);
        _streams = new StreamTable(content, pool.Options);
    }

    public PageContent Content { get; }

    public IPageStore Store { get; }

    internal FetchPool Pool { get; }

    /// <summary>True while a request is queued or running: the content is not to be thrown away silently.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
                return !_requests.IsEmpty;
        }
    }

    /// <summary>Ends when every page of the range is filled. Fetches ahead of the stream, and does not wait for that.</summary>
    /// <param name="request">the range, and who wants it</param>
    /// <param name="cancel">this caller does not want it any more; others who wait for the same pages are not disturbed</param>
    public async ValueTask<FetchResult> FetchAsync(FetchRequest request, CancellationToken cancel)
    {
        PageRun pages = Content.PagesOf(request.Offset, request.Length);
        long piece = Math.Max(PieceBytes / Content.PageSize, 1);
        for (long first = pages.First; first < pages.End; first += piece)
        {
            var part = new PageRun(first, Math.Min(piece, pages.End - first));
            Errno errno = await FetchPagesAsync(part, request, cancel).ConfigureAwait(false);
            if (errno != 0)
                return new FetchResult(errno);
        }
        return MarkOf(request.Stream);
    }

    /// <summary>The reader came to its mark: moves the window on, and ends when what is new in it is filled.</summary>
    /// <returns>the next mark; an errno where something of the window was not filled: nobody was waiting for it</returns>
    public async ValueTask<FetchResult> AheadAsync(long offset, ulong stream, CancellationToken cancel)
    {
        if (offset < 0 || offset >= Content.Size)
            return MarkOf(stream);
        var waiter = new PageWaiter(this, stream, isPassive: true);
        bool waits;
        lock (_gate)
        {
            PageRun window = Judge(new PageRun(offset / Content.PageSize, 0), stream, out bool seek);
            if (seek)
                DropWindow(stream);
            FetchAhead(window, stream, waiter);
            waits = waiter.Missing > 0;
        }
        Errno errno = waits ? await AwaitAsync(waiter, cancel).ConfigureAwait(false) : 0;
        return MarkOf(stream) with { Errno = errno };
    }

    /// <summary>The stream was closed: what is fetched ahead of it is cancelled, unless somebody waits for it.</summary>
    public void Forget(ulong stream)
    {
        lock (_gate)
            ForgetStream(stream);
    }

    /// <summary>Streams were closed, each as by <see cref="Forget(ulong)"/>.</summary>
    /// <param name="isClosed">of a stream</param>
    public void Forget(Predicate<ulong> isClosed)
    {
        lock (_gate)
        {
            foreach (ulong stream in _streams.Ids.Where(id => isClosed(id)).ToArray())
                ForgetStream(stream);
        }
    }

    /// <summary>What keeps a waiter waiting: where several things do, the one that a person would want to know first.</summary>
    internal (FetchStage Stage, Errno Error) StageOf(PageWaiter waiter)
    {
        lock (_gate)
        {
            return waiter.Ranges
                .Where(request => request.Waiters.Exists(entry => entry.Waiter == waiter))
                .Select(request => request.StageFor(waiter))
                .DefaultIfEmpty()
                .MaxBy(stage => stage.Stage);
        }
    }

    private async ValueTask<Errno> FetchPagesAsync(PageRun pages, FetchRequest request, CancellationToken cancel)
    {
        for (bool judge = true; !cancel.IsCancellationRequested; judge = false)
        {
            var waiter = new PageWaiter(this, request.Stream, isPassive: false);
            bool waits;
            lock (_gate)
            {
                bool seek = false;
                PageRun window = judge ? Judge(pages, request.Stream, out seek) : default;
                Join(pages, request.Background ? FetchPriority.Background : FetchPriority.Reader, waiter, GoesOn && window.Count > 0 ? request.Stream : 0);
                waits = waiter.Missing > 0;
                if (seek)
                    DropWindow(request.Stream); // after the waiter has joined what it still wants
                FetchAhead(window, request.Stream, ahead: null);
            }
            if (!waits)
                return 0;
            request.Progress?.Waits(waiter);
            Errno errno = await CountedAsync(waiter, Content.BytesOf(pages), cancel).ConfigureAwait(false);
            if (!waiter.Again)
                return errno;
        }
        return Errno.ECANCELED;
    }

    private async ValueTask<Errno> CountedAsync(PageWaiter waiter, long wanted, CancellationToken cancel)
    {
        long began = Pool.Time.GetTimestamp();
        Pool.Counters.BeginWait(wanted);
        Errno errno = await AwaitAsync(waiter, cancel).ConfigureAwait(false);
        Pool.Counters.EndWait(Pool.Time.GetElapsedTime(began));
        return errno;
    }

    private async ValueTask<Errno> AwaitAsync(PageWaiter waiter, CancellationToken cancel)
    {
        Errno errno = await waiter.WaitAsync(cancel).ConfigureAwait(false);
        if (errno != 0)
        {
            lock (_gate)
            {
                Leave(waiter);
                // Who gave up reads on elsewhere, or not at all.
                if (cancel.IsCancellationRequested && !waiter.IsPassive)
                    ForgetStream(waiter.Stream);
            }
        }
        return errno;
    }

    private FetchResult MarkOf(ulong stream)
    {
        lock (_gate)
        {
            return _streams.Find(stream) is { } judged
                ? new FetchResult(0, judged.Mark * Content.PageSize, Math.Min(judged.AheadEnd * Content.PageSize, Content.Size))
                : default;
        }
    }
}
