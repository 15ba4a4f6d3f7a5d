using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Property.Tests.Fetching;

/// <summary>Random reads, cancels, failures, seeks and windows over an origin that the script delays and breaks.</summary>
public sealed class FetcherModelTests
{
    private const int PageSize = 512, Pages = 300;
    private const int Size = (Pages * PageSize) - 100;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Every_page_is_fetched_once_unless_that_failed_and_no_waiter_is_lost(bool streamed, bool growing)
    {
        Gen<(int Op, int Page, int Count, int Stream)[]> steps = Gen.ArrayOf(
            from op in Gen.Choose(0, 11)
            from page in Gen.Choose(0, Pages - 1)
            from count in Gen.Choose(1, 40)
            from stream in Gen.Choose(0, 3)
            select (op, page, count, stream));
        Prop.ForAll(Arb.From(steps), run => Run(run, streamed, growing).GetAwaiter().GetResult())
            .Check(Fuzz.Runs(60).WithEndSize(80));
    }

    private static async Task<bool> Run((int Op, int Page, int Count, int Stream)[] steps, bool streamed, bool growing)
    {
        var model = new Model(streamed, growing);
        bool calm = steps.Length % 2 == 0; // nothing is broken, given up or fetched ahead
        foreach ((int op, int page, int count, int stream) in steps)
            await model.StepAsync(calm && op is >= 5 and <= 9 ? 0 : op, page, count, calm ? 0 : (ulong)stream);
        await model.EndAsync();
        return true;
    }

    private sealed class Model
    {
        private readonly byte[] _bytes = Pattern.Bytes(Size);
        private readonly ScriptedOrigin _origin = new() { PieceSize = PageSize * 3 / 2 };
        private readonly List<(Task<FetchResult> Task, PageRun Pages, CancellationTokenSource Cancel)> _reads = [];
        private readonly PageContent _content;
        private readonly MemoryPages _store;
        private readonly FetchPool _pool;
        private readonly PageFetcher _fetcher;
        private SemaphoreSlim? _held; // the origin waits at it; null = it does not
        private bool _mayRepeat; // something failed, was cancelled or given up: its pages may be sent again

        public Model(bool streamed, bool growing)
        {
            _origin["file"] = _bytes;
            _origin.BeforePiece = BeforePieceAsync;
            OriginFacts facts = _origin.GetFactsAsync(OriginPath.Of("file"), default).AsTask().Result.Value;
            _content = new PageContent(OriginPath.Of("file"), facts.Validator, facts.Size, PageSize, streamed);
            _store = new MemoryPages(_content);
            var options = new FetchOptions
            {
                Concurrency = growing ? 2 : 3,
                AheadConcurrency = growing ? 1 : 2,
                ParallelRanges = growing ? 1 : 4,
                LongRangeSize = growing ? 100 * PageSize : 0,
                MaxRest = TimeSpan.FromMilliseconds(50),
                MinAhead = 4 * PageSize,
                MaxAhead = 64 * PageSize,
                RangeSize = 16 * PageSize,
                MinRangeSize = 4 * PageSize,
            };
            _pool = new FetchPool(_origin, options, NullLogger.Instance, TimeProvider.System);
            _fetcher = _pool.Open(_content, _store);
        }

        public async Task StepAsync(int op, int page, int count, ulong stream)
        {
            switch (op)
            {
                case <= 4:
                    Read(page, count, stream, background: op == 4);
                    break;
                case 5:
                    Keep(_fetcher.AheadAsync(page * PageSize, stream, default).AsTask(), default, new());
                    break;
                case 6 when _reads.Count > 0:
                    _mayRepeat = true;
                    await _reads[page % _reads.Count].Cancel.CancelAsync();
                    break;
                case 7:
                    _mayRepeat = true; // a window's requests are given up
                    _fetcher.Forget(stream);
                    break;
                case 8:
                    _mayRepeat = true;
                    _origin.FailWith = Errno.EIO;
                    await Task.Yield();
                    break;
                case 9:
                    _origin.FailWith = 0;
                    break;
                case 10:
                    _held ??= new SemaphoreSlim(0);
                    break;
                default:
                    LetGo();
                    await Task.Yield();
                    break;
            }
        }

        public async Task EndAsync()
        {
            LetGo();
            foreach ((Task<FetchResult> task, PageRun pages, CancellationTokenSource cancel) in _reads)
            {
                Errno errno = (await task.WaitAsync(Patience.Limit)).Errno; // no waiter is lost
                Assert.True(errno == 0 || _mayRepeat, $"{errno}, and nothing had failed");
                Assert.True(errno != 0 || pages.Count == 0 || _store.IsFilled(pages), $"pages {pages} were promised");
                cancel.Dispose();
            }
            // What had failed can be had again, all of it.
            _origin.FailWith = 0;
            Assert.Equal((Errno)0, (await _fetcher.FetchAsync(new FetchRequest(0, Size), default).AsTask().WaitAsync(Patience.Limit)).Errno);
            Assert.True(_bytes.AsSpan().SequenceEqual(_store.Bytes));
            Assert.All(_store.Fills, fills => Assert.Equal(1, fills));
            if (!_mayRepeat)
                Assert.Equal(Size, _origin.Bytes); // each was sent once
            await _pool.DisposeAsync().AsTask().WaitAsync(Patience.Limit);
            Assert.Empty(_store.Wrongs);
            Assert.Equal(0, _store.ReservedPages);
            Assert.False(_fetcher.IsBusy);
            Assert.Equal((Errno)0, (await _fetcher.FetchAsync(new FetchRequest(0, Size), default)).Errno); // it is all there
        }

        private void Read(int page, int count, ulong stream, bool background)
        {
            _mayRepeat |= stream != 0; // one may give up what was fetched ahead
            var pages = new PageRun(page, Math.Min(count, Pages - page));
            var cancel = new CancellationTokenSource();
            var request = new FetchRequest((long)page * PageSize, (long)count * PageSize, stream, background);
            Keep(_fetcher.FetchAsync(request, cancel.Token).AsTask(), pages, cancel);
        }

        private void Keep(Task<FetchResult> task, PageRun pages, CancellationTokenSource cancel) => _reads.Add((task, pages, cancel));

        private void LetGo() => Interlocked.Exchange(ref _held, null)?.Release(1000);

        private async Task BeforePieceAsync(OriginPath path, long offset, CancellationToken cancel)
        {
            if (_held is { } held)
                await held.WaitAsync(cancel);
        }
    }
}
