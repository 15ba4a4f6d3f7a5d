using System.Threading.Channels;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache;

/// <summary>What the cache does by itself: commits, keeps its limits, tells of reclaimed blocks.</summary>
internal sealed class Upkeep(CacheCore core, CacheStore store) : IAsyncDisposable
{
    private const int MaxTold = 1000; // blocks in one event

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private Task _running = Task.CompletedTask;

    public event Action<CacheVolume, IReadOnlyList<ReclaimedBlock>>? BlocksReclaimed;

    public void Start()
    {
        _ = store;
        _running = Task.WhenAll(Task.Run(CommitAsync), Task.Run(TellAsync));
    }

    /// <summary>Looks at the limits now.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount == 0)
            _wake.Release();
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
        while (!_stop.IsCancellationRequested)
        {
            await PauseAsync(core.Options.CommitEvery).ConfigureAwait(false);
            await core.Committer.CommitAsync().ConfigureAwait(false);
            core.Reclaimer.Keep();
        }
    }

    private async Task PauseAsync(TimeSpan time)
    {
        using var timer = new CancellationTokenSource(time, core.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, _stop.Token);
        await _wake.WaitAsync(either.Token).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
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
                BlocksReclaimed?.Invoke(group.Key, [.. group]);
        }
    }
}
