using System.Threading.Channels;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache.Keeping;

/// <summary>What the cache does by itself: commits, keeps its limits, tells of reclaimed blocks, looks for damage and for litter.</summary>
internal sealed class Upkeep(CacheCore core, Forgetter forgetter, Sweep sweep, Scrub scrub, string indexPath) : IAsyncDisposable
{
    private const int MaxTold = 1000; // blocks in one event

    // Drivers that outlived arlad come back and name what they have open before anything outdated goes.
    private static readonly TimeSpan BeforeFirstCheck = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan BetweenChecks = TimeSpan.FromHours(6);
    private static readonly TimeSpan SweepPause = TimeSpan.FromMilliseconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private Task _running = Task.CompletedTask;

    public event Action<CacheVolume, IReadOnlyList<ReclaimedBlock>>? BlocksReclaimed;

    public void Start()
    {
        core.Committer.Crowded = Wake;
        _running = Task.WhenAll(Task.Run(CommitAsync), Task.Run(TellAsync), Task.Run(() => GuardAsync(CheckSlowlyAsync)));
    }

    /// <summary>Looks at the limits now.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // it is about to look
        }
    }

    /// <summary>One pass of everything, at once.</summary>
    public async Task CheckAsync()
    {
        sweep.DropStale();
        await sweep.RunAsync(() => Task.FromResult(true)).ConfigureAwait(false);
        await scrub.RunAsync(_ => Task.FromResult(true)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        core.Reclaimed.Writer.TryComplete();
        await _running.ConfigureAwait(false);
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task CommitAsync()
    {
        TimeSpan pause = core.Options.CommitEvery;
        while (!_stop.IsCancellationRequested)
        {
            await RestAsync(pause).ConfigureAwait(false);
            long began = core.Time.GetTimestamp();
            await GuardAsync(KeepAsync).ConfigureAwait(false);
            pause = core.Options.PauseAfter(core.Time.GetElapsedTime(began));
        }
    }

    private async Task RestAsync(TimeSpan pause)
    {
        long began = core.Time.GetTimestamp();
        while (pause > TimeSpan.Zero)
        {
            long filled = Volatile.Read(ref core.Counters.FilledPages);
            if (await WokenAsync(pause).ConfigureAwait(false))
                return;
            pause = core.Options.LookAgainAfter(core.Time.GetElapsedTime(began), filled != Volatile.Read(ref core.Counters.FilledPages));
        }
    }

    private async Task KeepAsync()
    {
        await core.Committer.CommitAsync().ConfigureAwait(false);
        core.Reclaimer.Keep();
        forgetter.Keep();
    }

    // A surprise must not end the upkeep: without commits nothing would outlive this run.
    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception surprise)
        {
            core.Log.UpkeepFailed(surprise);
        }
    }

    private async Task CheckSlowlyAsync()
    {
        if (!await PauseAsync(BeforeFirstCheck).ConfigureAwait(false))
            return;
        sweep.DropStale();
        IndexCheck.Run(indexPath, core.Database, core.Log);
        await sweep.RunAsync(() => PauseAsync(SweepPause)).ConfigureAwait(false);
        while (core.Options.ScrubRate > 0 && await PauseAsync(BetweenChecks).ConfigureAwait(false))
        {
            sweep.DropStale();
            await scrub.RunAsync(bytes => PauseAsync(TimeSpan.FromSeconds((double)bytes / core.Options.ScrubRate))).ConfigureAwait(false);
        }
    }

    private async Task TellAsync()
    {
        ChannelReader<(CacheVolume Volume, ReclaimedBlock Block)> reader = core.Reclaimed.Reader;
        while (await reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var told = new List<(CacheVolume Volume, ReclaimedBlock Block)>();
            while (told.Count < MaxTold && reader.TryRead(out (CacheVolume Volume, ReclaimedBlock Block) next))
                told.Add(next);
            foreach (IGrouping<CacheVolume, ReclaimedBlock> group in told.GroupBy(one => one.Volume, one => one.Block))
                await GuardAsync(() => Tell(group.Key, [.. group])).ConfigureAwait(false);
        }
    }

    private Task Tell(CacheVolume volume, ReclaimedBlock[] blocks)
    {
        BlocksReclaimed?.Invoke(volume, blocks);
        return Task.CompletedTask;
    }

    // False: nobody woke it in that time.
    private async Task<bool> WokenAsync(TimeSpan atMost)
    {
        using var timer = new CancellationTokenSource(atMost, core.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _stop.Token);
        Task woken = _wake.WaitAsync(either.Token);
        await woken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return woken.IsCompletedSuccessfully || _stop.IsCancellationRequested;
    }

    // False: the cache is being closed.
    private async Task<bool> PauseAsync(TimeSpan time)
    {
        await Task.Delay(time, core.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !_stop.IsCancellationRequested;
    }
}
