using Nnpfs.Origins.Fetching;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Fetching;

public class PageFetcherTests
{
    private static readonly TimeSpan Limit = Patience.Limit;

    [Fact]
    public async Task A_random_small_read_fetches_one_page()
    {
        await using var setup = new FetchSetup(1000);
        FetchResult result = await setup.Fetcher.FetchAsync(new FetchRequest((500 * FetchSetup.PageSize) + 7, 100, Stream: 1), default);
        Assert.Equal((Errno)0, result.Errno);
        Assert.Equal(FetchSetup.PageSize, setup.Pool.Stats.OriginBytes);
        setup.AssertRight();
    }

    [Fact]
    public async Task What_is_filled_is_not_fetched_again()
    {
        await using var setup = new FetchSetup(10);
        await setup.Fetch(3, 2);
        await setup.Fetch(0, 10);
        Assert.All(setup.Store.Fills, fills => Assert.Equal(1, fills));
        Assert.Equal(3, setup.Origin.Reads);
        setup.AssertRight();
    }

    [Fact]
    public async Task A_thousand_readers_of_one_page_cost_one_fetch()
    {
        await using var setup = new FetchSetup(1);
        setup.Hold(0);
        Task<FetchResult>[] readers = [.. Enumerable.Range(0, 1000).Select(_ => setup.Fetch(0, 1))];
        await Patience.UntilAsync(() => setup.WasAsked(0), "the origin is asked");
        Assert.Equal(1000, setup.Pool.Stats.Waiting);
        setup.LetGo(0);
        Assert.All(await Task.WhenAll(readers).WaitAsync(Limit), result => Assert.Equal((Errno)0, result.Errno));
        Assert.Equal(1, setup.Origin.Reads);
    }

    [Fact]
    public async Task A_reader_is_woken_in_the_middle_of_a_longer_fetch()
    {
        await using var setup = new FetchSetup(10);
        setup.Hold(5);
        Task<FetchResult> whole = setup.Fetch(0, 10), front = setup.Fetch(1, 3);
        Assert.Equal((Errno)0, (await front.WaitAsync(Limit)).Errno);
        Assert.False(whole.IsCompleted);
        setup.LetGo(5);
        Assert.Equal((Errno)0, (await whole.WaitAsync(Limit)).Errno);
        setup.AssertRight();
    }

    [Fact]
    public async Task The_cancel_of_one_reader_does_not_hurt_another()
    {
        await using var setup = new FetchSetup(4);
        setup.Hold(0);
        using var cancel = new CancellationTokenSource();
        Task<FetchResult> leaver = setup.Fetch(0, 4, cancel: cancel.Token), stayer = setup.Fetch(0, 4);
        await cancel.CancelAsync();
        Assert.Equal(Errno.ECANCELED, (await leaver.WaitAsync(Limit)).Errno);
        setup.LetGo(0);
        Assert.Equal((Errno)0, (await stayer.WaitAsync(Limit)).Errno);
        Assert.Equal(1, setup.Origin.Reads);
    }

    [Fact]
    public async Task A_fetch_that_nobody_waits_for_is_cancelled_and_its_pages_can_be_had_again()
    {
        await using var setup = new FetchSetup(4);
        setup.Hold(2);
        using var cancel = new CancellationTokenSource();
        Task<FetchResult> leaver = setup.Fetch(0, 4, cancel: cancel.Token);
        await Patience.UntilAsync(() => setup.WasAsked(2), "the third page is on its way");
        await cancel.CancelAsync();
        await leaver.WaitAsync(Limit);
        await Patience.UntilAsync(() => !setup.Fetcher.IsBusy, "the origin is let go");
        setup.LetGo(2);
        Assert.Equal((Errno)0, (await setup.Fetch(0, 4).WaitAsync(Limit)).Errno);
        Assert.All(setup.Store.Fills, fills => Assert.Equal(1, fills));
    }

    [Fact]
    public async Task Who_comes_while_a_cancelled_fetch_ends_gets_its_pages()
    {
        await using var setup = new FetchSetup(4);
        var ending = new TaskCompletionSource();
        setup.Store.BeforeFill = _ => ending.Task; // the store does not know of cancels
        using var cancel = new CancellationTokenSource();
        Task<FetchResult> leaver = setup.Fetch(0, 4, cancel: cancel.Token);
        await Patience.UntilAsync(() => setup.WasAsked(0), "the fetch runs");
        await cancel.CancelAsync();
        await leaver.WaitAsync(Limit);
        Task<FetchResult> late = setup.Fetch(0, 4);
        ending.SetResult();
        Assert.Equal((Errno)0, (await late.WaitAsync(Limit)).Errno);
        Assert.All(setup.Store.Fills, fills => Assert.Equal(1, fills));
        setup.AssertRight();
    }

    [Fact]
    public async Task A_failed_fetch_tells_its_waiters_and_may_be_tried_again()
    {
        await using var setup = new FetchSetup(4);
        setup.Origin.FailWith = Errno.ETIMEDOUT;
        Assert.Equal(Errno.ETIMEDOUT, (await setup.Fetch(0, 4)).Errno);
        setup.Origin.FailWith = 0;
        Assert.Equal((Errno)0, (await setup.Fetch(0, 4)).Errno);
        setup.AssertRight();
    }

    [Fact]
    public async Task Pages_that_came_before_a_failure_are_kept_and_their_readers_content()
    {
        await using var setup = new FetchSetup(4);
        setup.Hold(2);
        Task<FetchResult> whole = setup.Fetch(0, 4), front = setup.Fetch(0, 2);
        Assert.Equal((Errno)0, (await front.WaitAsync(Limit)).Errno);
        setup.Origin.FailWith = Errno.EIO;
        setup.LetGo(2);
        Assert.Equal(Errno.EIO, (await whole.WaitAsync(Limit)).Errno);
        Assert.Equal([1, 1, 0, 0], setup.Store.Fills);
    }

    [Fact]
    public async Task A_version_that_is_gone_is_ESTALE_for_all_waiters()
    {
        await using var setup = new FetchSetup(100);
        setup.Hold(0);
        setup.Hold(50);
        Task<FetchResult> one = setup.Fetch(0, 2), two = setup.Fetch(50, 2);
        await Patience.UntilAsync(() => setup.WasAsked(0) && setup.WasAsked(50), "both fetches run");
        setup.Origin["file"] = new byte[10];
        setup.LetGo(0);
        Assert.Equal(Errno.ESTALE, (await one.WaitAsync(Limit)).Errno);
        Assert.Equal(Errno.ESTALE, (await two.WaitAsync(Limit)).Errno);
    }

    [Fact]
    public async Task Want_of_room_is_told_before_the_origin_is_asked()
    {
        await using var setup = new FetchSetup(4);
        setup.Store.Refuse = _ => Errno.ENOSPC;
        Assert.Equal(Errno.ENOSPC, (await setup.Fetch(0, 4)).Errno);
        Assert.Equal(0, setup.Origin.Reads);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    public async Task The_last_page_may_be_short(int tail)
    {
        await using var setup = new FetchSetup(3, tail: tail);
        Assert.Equal((Errno)0, (await setup.Fetch(0, 100)).Errno);
        Assert.Equal(setup.Bytes, setup.Store.Bytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData(70_000)]
    public async Task Pieces_of_any_size_become_whole_pages(int piece)
    {
        await using var setup = new FetchSetup(150, tail: 100);
        setup.Origin.BeforePiece = null;
        setup.Origin.PieceSize = piece;
        Assert.Equal((Errno)0, (await setup.Fetch(3, 147)).Errno);
        setup.AssertRight();
    }

    [Fact]
    public async Task A_streamed_file_is_read_once_from_its_start_and_nothing_is_filled_twice()
    {
        await using var setup = new FetchSetup(20, streamed: true);
        Task<FetchResult> late = setup.Fetch(15, 1), early = setup.Fetch(2, 1);
        await Task.WhenAll(late, early).WaitAsync(Limit);
        await Patience.UntilAsync(() => !setup.Fetcher.IsBusy, "the stream ends");
        Assert.Equal(1, setup.Origin.Reads);
        Assert.All(setup.Store.Fills, fills => Assert.Equal(1, fills));
        setup.AssertRight();
    }

    [Fact]
    public async Task No_more_requests_run_at_once_than_allowed_and_readers_go_before_prefetch()
    {
        await using var setup = new FetchSetup(100, new FetchOptions { MaxAhead = 0, Concurrency = 2, AheadConcurrency = 1 });
        setup.Hold(0);
        setup.Hold(10);
        Task<FetchResult> one = setup.Fetcher.FetchAsync(new FetchRequest(0, 1, Background: true), default).AsTask();
        Task<FetchResult> queued = setup.Fetcher.FetchAsync(new FetchRequest(5 * 4096, 1, Background: true), default).AsTask();
        Task<FetchResult> reader = setup.Fetch(10, 1);
        await Patience.UntilAsync(() => setup.WasAsked(0) && setup.WasAsked(10), "both run");
        Assert.Equal((2, 1), (setup.Pool.Stats.InFlight, setup.Pool.Stats.Queued));
        Assert.False(setup.WasAsked(5));
        setup.LetGo(0);
        setup.LetGo(10);
        await Task.WhenAll(one, queued, reader).WaitAsync(Limit);
    }

    [Fact]
    public async Task A_guess_that_a_reader_has_come_to_leaves_its_place_to_another_guess()
    {
        await using var setup = new FetchSetup(100, new FetchOptions { Concurrency = 3, AheadConcurrency = 1, MaxAhead = 0 });
        setup.Hold(10);
        Task<FetchResult>[] guesses = [.. new[] { 10, 20 }.Select(page => setup.Fetcher.FetchAsync(
            new FetchRequest(page * FetchSetup.PageSize, FetchSetup.PageSize, Background: true), default).AsTask())];
        await Patience.UntilAsync(() => setup.WasAsked(10), "the first guess");
        Task<FetchResult> reader = setup.Fetch(10, 1);

        await Patience.UntilAsync(() => setup.WasAsked(20), "the second guess");
        setup.LetGo(10);
        Assert.All(await Task.WhenAll([.. guesses, reader]), result => Assert.Equal((Errno)0, result.Errno));
    }

    [Fact]
    public async Task A_closed_pool_ends_every_wait()
    {
        var setup = new FetchSetup(10, new FetchOptions { MaxAhead = 0, Concurrency = 1 });
        setup.Hold(0);
        Task<FetchResult> running = setup.Fetch(0, 1), queued = setup.Fetch(5, 1);
        await Patience.UntilAsync(() => setup.WasAsked(0), "one runs");
        await setup.DisposeAsync();
        Assert.Equal(Errno.ECANCELED, (await running.WaitAsync(Limit)).Errno);
        Assert.Equal(Errno.ECANCELED, (await queued.WaitAsync(Limit)).Errno);
        Assert.Equal(Errno.ECANCELED, (await setup.Fetch(7, 1)).Errno);
    }
}
