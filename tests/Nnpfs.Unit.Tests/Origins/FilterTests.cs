using Nnpfs.Origins;
using Nnpfs.Origins.Filters;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Origins;

public class FilterTests
{
    private readonly ScriptedOrigin _inner = new() { PieceSize = 1000 };
    private readonly HashSet<long> _cut = [];

    public FilterTests() => _inner["file"] = Pattern.Bytes(10_000);

    [Fact]
    public async Task A_cut_read_goes_on_at_the_byte_where_it_was_cut()
    {
        int cuts = 0;
        _inner.BeforePiece = (_, offset, _) =>
        {
            _inner.FailWith = offset == 4000 && cuts++ == 0 ? Errno.EIO : 0;
            return Task.CompletedTask;
        };
        (Errno errno, byte[] bytes) = await Retrying(3).ReadAsync("file", 0, 10_000);
        Assert.Equal((Errno)0, errno);
        Assert.Equal(Pattern.Bytes(10_000), bytes);
        Assert.Equal((2, 10_000L), (_inner.Reads, _inner.Bytes));
    }

    [Fact]
    public async Task A_read_that_ends_early_and_claims_to_be_whole_goes_on_where_it_ended()
    {
        var retrying = new RetryFilter(
            new ShortFilter(_inner, 0.5, seed: 1), new RetryRule { Tries = 50, Pause = TimeSpan.Zero }, TimeProvider.System);
        for (int i = 0; i < 20; i++)
        {
            (Errno errno, byte[] bytes) = await retrying.ReadAsync("file", 0, 10_000);
            Assert.Equal((Errno)0, errno);
            Assert.Equal(Pattern.Bytes(10_000), bytes);
        }
        Assert.True(_inner.Reads > 20, "some were cut");
        Assert.Equal(20 * 10_000L, _inner.Bytes); // none came twice
    }

    [Fact]
    public async Task A_read_that_is_cut_at_each_try_is_EIO_and_one_beyond_the_end_of_the_file_is_not()
    {
        var cut = new RetryFilter(new ShortFilter(_inner, 1, seed: 1), new RetryRule { Tries = 3, Pause = TimeSpan.Zero }, TimeProvider.System);
        Assert.Equal(Errno.EIO, (await cut.ReadAsync("file", 0, 10_000)).Errno);
        Assert.Equal(3, _inner.Reads);
        (Errno errno, byte[] bytes) = await Retrying(3).ReadAsync("file", 9_000, 5_000);
        Assert.Equal(((Errno)0, 1_000, 4), (errno, bytes.Length, _inner.Reads));
    }

    [Theory]
    [InlineData(Errno.EIO, 3)]
    [InlineData(Errno.ETIMEDOUT, 3)]
    [InlineData(Errno.EBUSY, 3)]
    [InlineData(Errno.ENOENT, 1)]
    [InlineData(Errno.EACCES, 1)]
    [InlineData(Errno.ESTALE, 1)]
    public async Task Only_what_may_pass_is_tried_again(Errno errno, int tries)
    {
        _inner.FailWith = errno;
        Assert.Equal(errno, (await Retrying(3).FactsAsync("file")).Errno);
        Assert.Equal(tries, _inner.FactsAsked);
    }

    [Fact]
    public async Task A_sink_that_has_had_enough_is_no_failure_to_try_again()
    {
        var sink = new CollectingSink(0) { StopWith = (1, Errno.EIO) };
        Assert.Equal(Errno.EIO, await Retrying(3).ReadAsync(new OriginRead(OriginPath.Of("file"), default, 0, 10_000), sink, default));
        Assert.Equal(1, _inner.Reads);
    }

    [Fact]
    public async Task A_fault_hits_its_share_and_the_same_ones_for_the_same_seed()
    {
        async Task<string> RunAsync()
        {
            var faulty = new FaultFilter(_inner, new FaultRule { Errno = Errno.EACCES, Share = 0.3, Seed = 7 });
            var outcome = new System.Text.StringBuilder();
            for (int i = 0; i < 200; i++)
                outcome.Append((await faulty.FactsAsync("file")).Errno == Errno.EACCES ? 'x' : '.');
            return outcome.ToString();
        }
        string first = await RunAsync();
        Assert.InRange(first.Count(c => c == 'x'), 30, 90);
        Assert.Equal(first, await RunAsync());
    }

    [Fact]
    public async Task A_cut_body_is_shorter_and_claims_to_be_well()
    {
        (Errno errno, byte[] bytes) = await new ShortFilter(_inner, 1, seed: 1).ReadAsync("file", 0, 10_000);
        Assert.Equal((Errno)0, errno);
        Assert.InRange(bytes.Length, 0, 9_999);
    }

    [Fact]
    public async Task A_corrupt_read_has_the_length_but_not_the_bytes()
    {
        (Errno errno, byte[] bytes) = await new CorruptFilter(_inner, 1, seed: 1).ReadAsync("file", 0, 10_000);
        Assert.Equal(((Errno)0, 10_000), (errno, bytes.Length));
        Assert.Equal(10, bytes.Zip(Pattern.Bytes(10_000)).Count(pair => pair.First != pair.Second));
    }

    [Fact]
    public async Task Every_Nth_request_for_a_path_that_fits_fails_and_no_other()
    {
        _inner["other"] = [];
        var faulty = new FaultFilter(_inner, new FaultRule { Errno = Errno.ESTALE, Every = 3, Path = "f?l*" });
        List<Errno> answers = [];
        for (int i = 0; i < 7; i++)
        {
            Assert.Equal((Errno)0, (await faulty.FactsAsync("other")).Errno);
            answers.Add((await faulty.FactsAsync("file")).Errno);
        }
        Assert.Equal([0, 0, Errno.ESTALE, 0, 0, Errno.ESTALE, 0], answers);
    }

    [Fact]
    public async Task No_try_begins_after_the_limit_in_time()
    {
        var clock = new ManualTime();
        _inner.FailWith = Errno.ETIMEDOUT;
        var retrying = new RetryFilter(
            _inner, new RetryRule { Tries = 100, Pause = TimeSpan.FromSeconds(1), Limit = TimeSpan.FromSeconds(20) }, clock);
        Task<Result<OriginFacts>> asked = retrying.FactsAsync("file");
        long began = clock.GetTimestamp();
        await Patience.UntilAsync(
            () =>
            {
                clock.Step(TimeSpan.FromSeconds(1));
                return asked.IsCompleted;
            },
            "the filter gives up");
        Assert.Equal(Errno.ETIMEDOUT, (await asked).Errno);
        Assert.InRange(_inner.FactsAsked, 2, 20);
        Assert.True(clock.GetElapsedTime(began) < TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task The_limit_in_time_counts_from_the_last_byte()
    {
        var clock = new ManualTime();
        _inner.BeforePiece = (_, offset, _) =>
        {
            clock.Step(TimeSpan.FromSeconds(4)); // each piece takes its time
            _inner.FailWith = offset % 2000 == 0 && _inner.FailWith == 0 && _inner.Bytes < offset + 1000 && _cut.Add(offset) ? Errno.EIO : 0;
            return Task.CompletedTask;
        };
        var retrying = new RetryFilter(_inner, new RetryRule { Tries = 100, Pause = TimeSpan.Zero, Limit = TimeSpan.FromSeconds(10) }, clock);
        (Errno errno, byte[] bytes) = await retrying.ReadAsync("file", 0, 10_000);
        Assert.Equal(((Errno)0, 10_000), (errno, bytes.Length));
        Assert.True(_cut.Count > 3, "the read was cut again and again");
    }

    [Fact]
    public async Task An_origin_that_is_silent_for_too_long_is_ETIMEDOUT()
    {
        var limited = new DeadlineFilter(new DelayFilter(_inner, TimeSpan.FromHours(1), TimeProvider.System), TimeSpan.FromMilliseconds(20), TimeProvider.System);
        Assert.Equal(Errno.ETIMEDOUT, (await limited.FactsAsync("file")).Errno);
        Assert.Equal(Errno.ETIMEDOUT, (await limited.ListAsync("")).Errno);
        Assert.Equal(Errno.ETIMEDOUT, (await limited.ReadAsync("file", 0, 10, new OriginValidator("v2", IsStrong: true))).Errno);
        Assert.Equal(0, _inner.Reads);
    }

    [Fact]
    public async Task A_read_that_stops_in_the_middle_is_ETIMEDOUT_and_a_slow_taker_is_not()
    {
        var clock = new ManualTime();
        var limited = new DeadlineFilter(_inner, TimeSpan.FromSeconds(1), clock);
        var slow = new SlowSink(() => clock.Step(TimeSpan.FromSeconds(5)));
        Assert.Equal((Errno)0, await limited.ReadAsync(new OriginRead(OriginPath.Of("file"), default, 0, 10_000), slow, default));
        Assert.Equal(10_000, slow.Taken);

        _inner.BeforePiece = async (_, offset, cancel) =>
        {
            if (offset < 5000)
                return;
            clock.Step(TimeSpan.FromSeconds(2));
            await Task.Delay(Timeout.Infinite, cancel);
        };
        (Errno errno, byte[] bytes) = await limited.ReadAsync("file", 0, 10_000, default(OriginValidator));
        Assert.Equal((Errno.ETIMEDOUT, 5000), (errno, bytes.Length));
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_not_told_of_a_deadline()
    {
        using var cancel = new CancellationTokenSource();
        _inner.BeforePiece = async (_, _, token) =>
        {
            await cancel.CancelAsync();
            token.ThrowIfCancellationRequested();
        };
        var limited = new DeadlineFilter(_inner, TimeSpan.FromHours(1), TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await limited.ReadAsync(new OriginRead(OriginPath.Of("file"), default, 0, 10), new CollectingSink(0), cancel.Token));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(1000, 0)]
    public async Task Bytes_and_requests_a_second_are_limited(long bytes, long requests)
    {
        var clock = new ManualTime();
        var limited = new RateFilter(_inner, bytes, requests, clock);
        long began = clock.GetTimestamp();
        int done = 0;
        Task all = Task.Run(async () =>
        {
            for (; done < 40; done++)
                await limited.ReadAsync(new OriginRead(OriginPath.Of("file"), default, 0, 100), new CollectingSink(0), default);
        });
        await Patience.UntilAsync(
            () =>
            {
                clock.Step(TimeSpan.FromMilliseconds(250));
                double seconds = clock.GetElapsedTime(began).TotalSeconds;
                Assert.True(Volatile.Read(ref done) <= 11 + (10 * seconds), $"{done} after {seconds} s");
                return all.IsCompleted;
            },
            "all were let through");
        Assert.True(clock.GetElapsedTime(began) >= TimeSpan.FromSeconds(2.9));
    }

    private RetryFilter Retrying(int tries) => new(_inner, new RetryRule { Tries = tries, Pause = TimeSpan.Zero }, TimeProvider.System);

    private sealed class SlowSink(Action rest) : IOriginSink
    {
        public long Taken { get; private set; }

        public ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            rest();
            Taken += bytes.Length;
            return ValueTask.FromResult<Errno>(0);
        }
    }
}
