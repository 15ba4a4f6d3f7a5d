using Microsoft.Extensions.Logging;

namespace Nnpfs.Origins.Fetching;

/// <summary>The requests of one volume to its origin: how many run at once, and who goes first. It knows no pages.</summary>
public sealed class FetchPool(IOrigin origin, FetchOptions options, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new(); // LOCK ORDER: after PageFetcher's
    private readonly LinkedList<RangeFetch>[] _queues = [new(), new(), new()]; // guarded by _gate; by priority
    private readonly HashSet<RangeFetch> _running = []; // guarded by _gate
    private int _runningAhead; // guarded by _gate
    private TaskCompletionSource? _idle; // guarded by _gate; set when the pool is closed while requests run
    private bool _closed; // guarded by _gate

    internal FetchCounters Counters { get; } = new();

    internal IOrigin Origin => origin;

    public FetchOptions Options => options;

    internal ILogger Logger => logger;

    internal TimeProvider Time => time;

    /// <summary>A fetcher for one version of one file. Have one for each: two would fetch the same pages twice.</summary>
    public PageFetcher Open(PageContent content, IPageStore store) => new(this, content, store);

    public FetchStats Stats
    {
        get
        {
            lock (_gate)
                return Counters.Copy() with { InFlight = _running.Count, Queued = _queues.Sum(queue => queue.Count) };
        }
    }

    /// <summary>Gives up what waits, cancels what runs, and ends when nothing runs any more.</summary>
    public async ValueTask DisposeAsync()
    {
        RangeFetch[] queued;
        Task idle = Task.CompletedTask;
        lock (_gate)
        {
            _closed = true;
            queued = [.. _queues.SelectMany(queue => queue)];
            foreach (LinkedList<RangeFetch> queue in _queues)
                queue.Clear();
            if (_running.Count > 0)
                idle = (_idle = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            foreach (RangeFetch range in _running)
                range.Cancel();
        }
        foreach (RangeFetch range in queued)
            range.End(Errno.ECANCELED);
        await idle.ConfigureAwait(false);
    }

    /// <summary>Runs the request when its turn comes, never on the caller's stack.</summary>
    /// <returns>false when the pool is closed: the request will not run</returns>
    internal bool Enqueue(RangeFetch range)
    {
        lock (_gate)
        {
            if (_closed)
                return false;
            range.Place = _queues[(int)range.Priority].AddLast(range);
            StartWhatMayRun();
            return true;
        }
    }

    /// <summary>Nobody waits for the place of a request that has nothing to do.</summary>
    internal bool MayRest
    {
        get
        {
            lock (_gate)
                return _queues[(int)FetchPriority.Reader].Count == 0;
        }
    }

    /// <summary>A reader came to wait for a request that was not made for one.</summary>
    internal void Promote(RangeFetch range, FetchPriority priority)
    {
        lock (_gate)
        {
            if (range.Priority <= priority)
                return;
            range.Priority = priority;
            if (range.Place is { List: { } queue } place)
            {
                queue.Remove(place);
                _queues[(int)priority].AddLast(place);
            }
            else if (range.RunsAhead && priority == FetchPriority.Reader)
            {
                range.RunsAhead = false; // its place is free for another one ahead
                _runningAhead--;
            }
            StartWhatMayRun();
        }
    }

    /// <returns>true when the request had not begun: it never will</returns>
    internal bool TryRemove(RangeFetch range)
    {
        lock (_gate)
        {
            if (range.Place is not { List: { } queue } place)
                return false;
            queue.Remove(place);
            return true;
        }
    }

    private void StartWhatMayRun()
    {
        while (!_closed && _running.Count < options.Concurrency && Next() is { } range)
        {
            range.RunsAhead = range.Priority != FetchPriority.Reader;
            _running.Add(range);
            _runningAhead += range.RunsAhead ? 1 : 0;
            _ = RunAsync(range); // awaited by DisposeAsync, through _idle
        }
        if (_queues[(int)FetchPriority.Reader].Count > 0)
            AskForAPlace();
    }

    // Holds _gate. One that rests, or else one that goes on with its reader, makes way for somebody who waits.
    private void AskForAPlace()
    {
        if (_running.Any(range => range.MustYield))
            return; // its place is about to be free
        RangeFetch? willing = _running.FirstOrDefault(range => range.IsResting) ?? _running.FirstOrDefault(range => range.MayGrow);
        willing?.Yield();
    }

    private RangeFetch? Next()
    {
        int allowed = _runningAhead < options.AheadConcurrency ? _queues.Length : 1;
        for (int i = 0; i < allowed; i++)
        {
            if (_queues[i].First is not { } place)
                continue;
            _queues[i].Remove(place);
            return place.Value;
        }
        return null;
    }

    private async Task RunAsync(RangeFetch range)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // off the lock
        await range.RunAsync().ConfigureAwait(false);
        lock (_gate)
        {
            _running.Remove(range);
            _runningAhead -= range.RunsAhead ? 1 : 0;
            StartWhatMayRun();
            if (_running.Count == 0)
                _idle?.TrySetResult();
        }
    }
}
