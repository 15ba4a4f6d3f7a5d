using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Fetching;

/// <summary>One file in memory, a store in memory, and a gate in front of every piece that the origin sends.</summary>
internal sealed class FetchSetup : IAsyncDisposable
{
    internal const int PageSize = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, TaskCompletionSource> _held = []; // guarded by _gate; by page

    internal FetchSetup(int pages, FetchOptions? options = null, bool streamed = false, int tail = 0)
    {
        Bytes = Pattern.Bytes((pages * PageSize) - tail);
        Origin["file"] = Bytes;
        Origin.PieceSize = PageSize;
        Origin.BeforePiece = (_, offset, cancel) => PassAsync(offset / PageSize, cancel);
        OriginFacts facts = Origin.GetFactsAsync(OriginPath.Of("file"), default).AsTask().Result.Value;
        Content = new PageContent(OriginPath.Of("file"), facts.Validator, facts.Size, PageSize, streamed);
        Store = new MemoryPages(Content);
        Pool = new FetchPool(Origin, options ?? new FetchOptions { MaxAhead = 0 }, NullLogger.Instance, TimeProvider.System);
        Fetcher = Pool.Open(Content, Store);
    }

    internal byte[] Bytes { get; }

    internal ScriptedOrigin Origin { get; } = new();

    internal PageContent Content { get; }

    internal MemoryPages Store { get; }

    internal FetchPool Pool { get; }

    internal PageFetcher Fetcher { get; }

    /// <summary>Pages whose bytes the origin has begun to send, or wants to.</summary>
    internal List<long> Asked { get; } = [];

    internal Task<FetchResult> Fetch(long page, long count, ulong stream = 0, CancellationToken cancel = default) =>
        Fetcher.FetchAsync(new FetchRequest(page * PageSize, count * PageSize, stream), cancel).AsTask();

    /// <summary>The origin stops before it sends this page, until it is let go.</summary>
    internal void Hold(long page)
    {
        lock (_gate)
            _held[page] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    internal void LetGo(long page)
    {
        lock (_gate)
        {
            if (_held.Remove(page, out TaskCompletionSource? held))
                held.SetResult();
        }
    }

    internal bool WasAsked(long page)
    {
        lock (_gate)
            return Asked.Contains(page);
    }

    internal void AssertRight()
    {
        Assert.Empty(Store.Wrongs);
        for (int page = 0; page < Content.Pages; page++)
        {
            if (!Store.IsFilled(new PageRun(page, 1)))
                continue;
            int length = (int)Content.BytesOf(new PageRun(page, 1));
            Assert.True(Bytes.AsSpan(page * PageSize, length).SequenceEqual(Store.Bytes.AsSpan(page * PageSize, length)));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Pool.DisposeAsync();
        Assert.Empty(Store.Wrongs);
        Assert.Equal(0, Store.ReservedPages);
        Assert.False(Fetcher.IsBusy);
        await Nnpfs.TestKit.Patience.UntilAsync(() => Pool.Stats.Waiting == 0, "every waiter is told");
    }

    private async Task PassAsync(long page, CancellationToken cancel)
    {
        TaskCompletionSource? held;
        lock (_gate)
        {
            Asked.Add(page);
            held = _held.GetValueOrDefault(page);
        }
        if (held is not null)
            await held.Task.WaitAsync(cancel);
    }
}
