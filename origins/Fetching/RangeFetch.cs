using System.Diagnostics.CodeAnalysis;

namespace Nnpfs.Origins.Fetching;

/// <summary>One request to the origin: pages that follow each other, filled in order. Until it has ended, they are nobody else's.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer, a handle and a link holds nothing to dispose of.")]
internal sealed class RangeFetch(PageFetcher owner, PageRun pages, FetchPriority priority, ulong stream)
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly OriginPauses _pauses = new();
    private volatile bool _isMakingRoom;

    internal PageRun Pages => pages;

    /// <summary>The reader in front of which this was made; 0 = it was made for those who wait.</summary>
    internal ulong Stream => stream;

    /// <summary>Who had it made; null = it was made ahead of a reader.</summary>
    internal PageWaiter? Maker { get; init; }

    // Guarded by the fetcher's gate.

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
        if (reserves && await ReserveAsync(pages, cancel).ConfigureAwait(false) is var refused && refused != 0)
            return refused;
        var sink = new PageSink(owner, this);
        try
        {
            owner.Pool.Counters.Request();
            long offset = pages.First * owner.Content.PageSize;
            var read = new OriginRead(owner.Content.Path, owner.Content.Validator, offset, owner.Content.BytesOf(pages));
            owner.Pool.Options.Fetching?.Invoke(read.Path, read.Offset, read.Length);
            Errno errno = await owner.Pool.Origin.ReadAsync(read, sink, cancel).ConfigureAwait(false);
            return errno != 0 || sink.IsComplete ? errno : Errno.EIO; // it said that all is well, and sent less
        }
        finally
        {
            sink.Close();
            if (reserves && sink.NextPage < pages.End)
                owner.Store.Release(new PageRun(sink.NextPage, pages.End - sink.NextPage));
        }
    }
}
