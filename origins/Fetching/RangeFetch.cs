using System.Diagnostics.CodeAnalysis;

namespace Nnpfs.Origins.Fetching;

/// <summary>One request to the origin: pages that follow each other, filled in order. Until it has ended, they are nobody else's.</summary>
/// <remarks>One that may grow asks for more than its pages: it rests when these have come, and goes on when there are more of them.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer, a handle and a link holds nothing to dispose of.")]
internal sealed class RangeFetch(PageFetcher owner, PageRun pages, FetchPriority priority, ulong stream)
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly OriginPauses _pauses = new();
    private volatile bool _isMakingRoom, _isSealed, _mustYield;
    private TaskCompletionSource? _rest; // atomic
    private long _end = pages.End; // written under the fetcher's gate

    internal PageRun Pages => new(pages.First, Volatile.Read(ref _end) - pages.First);

    /// <summary>The page before which the origin is asked to end.</summary>
    internal long Reach { get; init; } = pages.End;

    /// <summary>It takes no more pages.</summary>
    internal bool IsSealed => _isSealed;

    internal bool MayGrow => !_isSealed && Pages.End < Reach;

    /// <summary>All of its pages have come, and it waits for more.</summary>
    internal bool IsResting => Volatile.Read(ref _rest) is not null;

    /// <summary>Its place is wanted for somebody who waits.</summary>
    internal bool MustYield => _mustYield;

    /// <summary>Who had it made; null = it was made ahead of a reader.</summary>
    internal PageWaiter? Maker { get; init; }

    // Guarded by the fetcher's gate.

    /// <summary>The reader in front of which it was made, or with which it goes on now; 0 = it was made for those who wait.</summary>
    internal ulong Stream { get; private set; } = stream;

    /// <summary>The first page that is not filled yet.</summary>
    internal long Next { get; set; } = pages.First;

    /// <summary>Who waits, and the page before which all must have come.</summary>
    internal List<(PageWaiter Waiter, long Until)> Waiters { get; } = [];

    /// <summary>It goes on without waiters.</summary>
    internal bool IsSpeculative { get; set; } = stream != 0 || owner.Content.Streamed;

    internal bool IsWanted => IsSpeculative || Waiters.Exists(entry => !entry.Waiter.IsPassive);

    /// <summary>Nobody wants it any more: it is about to end.</summary>
    internal bool IsAbandoned { get; set; }

    // Guarded by the pool's gate.

    internal FetchPriority Priority { get; set; } = priority;

    /// <summary>It runs, and nobody waits for it.</summary>
    internal bool RunsAhead { get; set; }

    /// <summary>Its place in the queue; of no list once it runs.</summary>
    internal LinkedListNode<RangeFetch>? Place { get; set; }

    /// <summary>Takes in pages behind its last one. Under the fetcher's gate.</summary>
    /// <param name="end">page number; beyond its reach it does not grow</param>
    /// <param name="reader">with whom it goes on from here; 0 = the same</param>
    internal void Grow(long end, ulong reader)
    {
        if (reader != 0)
            (Stream, IsSpeculative) = (reader, true);
        Interlocked.Exchange(ref _end, Math.Min(end, Reach));
        Wake();
    }

    /// <summary>Ends it where its pages end. Under the fetcher's gate.</summary>
    internal void Seal()
    {
        _isSealed = true;
        Wake();
    }

    internal void Yield()
    {
        _mustYield = true;
        Wake();
    }

    /// <summary>Until it grows, is sealed, or shall yield; for so long at most.</summary>
    internal async ValueTask RestAsync(long end, TimeSpan atMost, CancellationToken cancel)
    {
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _rest, rest); // before it looks: whoever changes something from here on wakes it
        if (Pages.End == end && !_isSealed && !_mustYield && owner.Pool.MayRest)
            await rest.Task.WaitAsync(atMost, owner.Pool.Time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Volatile.Write(ref _rest, null);
        cancel.ThrowIfCancellationRequested();
    }

    private void Wake()
    {
        Interlocked.MemoryBarrier(); // what changed is seen by who is about to rest
        Volatile.Read(ref _rest)?.TrySetResult();
    }

    internal void RemoveWaiterAt(int index)
    {
        Waiters[index] = Waiters[^1]; // their order means nothing
        Waiters.RemoveAt(Waiters.Count - 1);
    }

    /// <summary>Fetches the pages, and tells the owner how that ended. Never throws.</summary>
    internal async Task RunAsync()
    {
        Errno errno;
        _pauses.Begin();
        try
        {
            errno = await FetchAsync(_cancel.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_cancel.IsCancellationRequested)
        {
            errno = Errno.ECANCELED;
        }
        catch (Exception surprise)
        {
            owner.Pool.Logger.FetchSurprise(owner.Content.Path.ToString(), pages.First, pages.Count, surprise);
            errno = Errno.EIO;
        }
        owner.Pool.Counters.Ended(errno);
        End(errno);
    }

    /// <summary>Ends it, whether it has run or not.</summary>
    internal void End(Errno errno) => owner.OnEnd(this, errno);

    /// <summary>Stops the origin. Whoever waits on the token is called from another thread.</summary>
    internal void Cancel() => _ = _cancel.CancelAsync();

    /// <summary>Makes room for pages that it is about to fill.</summary>
    internal async ValueTask<Errno> ReserveAsync(PageRun run, CancellationToken cancel)
    {
        _isMakingRoom = true;
        try
        {
            return await owner.Store.ReserveAsync(run, cancel).ConfigureAwait(false);
        }
        finally
        {
            _isMakingRoom = false;
        }
    }

    /// <summary>What somebody who waits for it waits for.</summary>
    internal (FetchStage Stage, Errno Error) StageFor(PageWaiter waiter)
    {
        if (_pauses.Error is var error && error != 0)
            return (FetchStage.Retry, error);
        bool isOwn = Maker == waiter || (Stream != 0 && Stream == waiter.Stream);
        return (_isMakingRoom ? FetchStage.Space : isOwn ? FetchStage.Origin : FetchStage.Other, 0);
    }

    private async ValueTask<Errno> FetchAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        bool reserves = !owner.Content.Streamed; // a stream passes filled pages: its sink makes room as it goes
        PageRun run = Pages;
        if (reserves && await ReserveAsync(run, cancel).ConfigureAwait(false) is var refused && refused != 0)
            return refused;
        var sink = new PageSink(owner, this, run.End, cancel);
        try
        {
            owner.Pool.Counters.Request();
            Tell(run);
            long offset = run.First * owner.Content.PageSize;
            var read = new OriginRead(owner.Content.Path, owner.Content.Validator, offset, owner.Content.BytesOf(run with { Count = Reach - run.First }));
            Errno errno = await owner.Pool.Origin.ReadAsync(read, sink, cancel).ConfigureAwait(false);
            if (sink.HasEnough)
                return 0;
            return errno != 0 || sink.NextPage == Reach ? errno : Errno.EIO; // it said that all is well, and sent less
        }
        finally
        {
            sink.Close();
            if (reserves && sink.NextPage < sink.Room)
                owner.Store.Release(new PageRun(sink.NextPage, sink.Room - sink.NextPage));
        }
    }

    /// <summary>Pages are about to be fetched.</summary>
    internal void Tell(PageRun run) =>
        owner.Pool.Options.Fetching?.Invoke(owner.Content.Path, run.First * owner.Content.PageSize, owner.Content.BytesOf(run));
}
