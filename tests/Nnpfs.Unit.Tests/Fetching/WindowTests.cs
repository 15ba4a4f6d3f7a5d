using Nnpfs.Origins.Fetching;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Fetching;

public class WindowTests
{
    private static readonly FetchOptions Options = new()
    {
        MinAhead = 4 * FetchSetup.PageSize,
        MaxAhead = 64 * FetchSetup.PageSize,
        MinRangeSize = 8 * FetchSetup.PageSize,
    };

    private static readonly FetchOptions OneConnection = Options with
    {
        Concurrency = 1,
        AheadConcurrency = 1,
        ParallelRanges = 1,
        LongRangeSize = 1000 * FetchSetup.PageSize,
        MaxRest = TimeSpan.FromHours(1),
    };

    [Fact]
    public async Task Random_reads_fetch_nothing_ahead()
    {
        await using var setup = new FetchSetup(10_000, Options);
        foreach (int page in new[] { 5000, 17, 9000, 3, 4444, 7000, 100 })
            Assert.Equal(0, (await setup.Fetch(page, 1, stream: 1)).AheadEnd);
        Assert.Equal(7 * FetchSetup.PageSize, setup.Pool.Stats.OriginBytes);
    }

    [Fact]
    public async Task A_sequential_reader_gets_a_window_that_grows_up_to_the_limit()
    {
        await using var setup = new FetchSetup(10_000, Options);
        List<long> windows = [];
        FetchResult result = await setup.Fetch(10, 2, stream: 1);
        Assert.Equal(0, result.AheadEnd);
        for (long page = 12; windows.Count < 12; page = result.AheadEnd / FetchSetup.PageSize)
        {
            result = await setup.Fetch(page, 1, stream: 1);
            Assert.InRange(result.Mark, (page * FetchSetup.PageSize) + 1, result.AheadEnd - 1);
            windows.Add((result.AheadEnd / FetchSetup.PageSize) - page - 1);
        }
        Assert.Equal([4, 16, 64, 64], windows.Take(4));
        await Patience.UntilAsync(() => !setup.Fetcher.IsBusy, "the window is filled");
        Assert.True(setup.Store.IsFilled(new PageRun(10, (result.AheadEnd / FetchSetup.PageSize) - 10)));
        setup.AssertRight();
    }

    [Fact]
    public async Task A_large_read_of_the_start_opens_the_window_at_once_and_a_small_one_does_not()
    {
        await using var setup = new FetchSetup(1000, Options);
        Assert.Equal(0, (await setup.Fetch(0, 1, stream: 1)).AheadEnd);
        Assert.Equal(0, (await setup.Fetch(500, 4, stream: 2)).AheadEnd);
        Assert.Equal(6 * FetchSetup.PageSize, (await setup.Fetch(0, 2, stream: 3)).AheadEnd);
    }

    [Fact]
    public async Task The_mark_moves_the_window_on_and_the_call_ends_when_it_is_filled()
    {
        await using var setup = new FetchSetup(1000, Options);
        await setup.Fetch(0, 1, stream: 1);
        FetchResult first = await setup.Fetch(1, 3, stream: 1);
        FetchResult next = await setup.Fetcher.AheadAsync(first.Mark, 1, default);
        Assert.Equal((Errno)0, next.Errno);
        Assert.True(next.AheadEnd > first.AheadEnd && next.Mark > first.Mark);
        await Patience.UntilAsync(() => !setup.Fetcher.IsBusy, "the first window is filled");
        Assert.True(setup.Store.IsFilled(new PageRun(0, next.AheadEnd / FetchSetup.PageSize)));
    }

    [Fact]
    public async Task At_the_end_of_the_file_there_is_no_mark()
    {
        await using var setup = new FetchSetup(6, Options);
        await setup.Fetch(0, 1, stream: 1);
        FetchResult result = await setup.Fetch(1, 3, stream: 1);
        Assert.Equal((0L, 6L * FetchSetup.PageSize), (result.Mark, result.AheadEnd));
    }

    [Fact]
    public async Task A_seek_cancels_the_window()
    {
        await using var setup = new FetchSetup(100_000, Options);
        setup.Hold(5);
        await setup.Fetch(0, 1, stream: 1);
        await setup.Fetch(1, 3, stream: 1);
        await Patience.UntilAsync(() => setup.WasAsked(5), "the window is on its way");
        await setup.Fetch(90_000, 1, stream: 1);
        await Patience.UntilAsync(() => !setup.Fetcher.IsBusy, "the window is given up");
        Assert.False(setup.Store.IsFilled(new PageRun(5, 1)));
        Assert.Equal(1, setup.Pool.Stats.CancelledRequests);
    }

    [Fact]
    public async Task A_closed_file_cancels_its_window_but_not_what_another_waits_for()
    {
        await using var setup = new FetchSetup(1000, Options);
        setup.Hold(5);
        await setup.Fetch(0, 1, stream: 1);
        await setup.Fetch(1, 3, stream: 1);
        await Patience.UntilAsync(() => setup.WasAsked(5), "the window is on its way");
        Task<FetchResult> other = setup.Fetch(6, 1, stream: 2);
        setup.Fetcher.Forget(1);
        setup.LetGo(5);
        Assert.Equal((Errno)0, (await other.WaitAsync(Patience.Limit)).Errno);
    }

    [Fact]
    public async Task A_reader_that_gives_up_cancels_its_window()
    {
        await using var setup = new FetchSetup(1000, Options);
        setup.Hold(4);
        setup.Hold(5);
        await setup.Fetch(0, 1, stream: 1);
        using var cancel = new CancellationTokenSource();
        Task<FetchResult> stuck = setup.Fetcher.FetchAsync(new(2 * FetchSetup.PageSize, 3 * FetchSetup.PageSize, 1), cancel.Token).AsTask();
        await Patience.UntilAsync(() => setup.WasAsked(5), "the window is on its way");
        await cancel.CancelAsync();
        Assert.Equal(Errno.ECANCELED, (await stuck.WaitAsync(Patience.Limit)).Errno);
        await Patience.UntilAsync(() => !setup.Fetcher.IsBusy, "the window is given up");
    }

    [Fact]
    public async Task Reads_that_overtake_each_other_are_still_one_run()
    {
        await using var setup = new FetchSetup(1000, Options);
        await setup.Fetch(0, 4, stream: 1);
        await setup.Fetch(8, 4, stream: 1);
        FetchResult result = await setup.Fetch(4, 4, stream: 1);
        Assert.True(result.AheadEnd > 12 * FetchSetup.PageSize);
    }

    [Fact]
    public async Task Want_of_room_for_the_window_does_not_hurt_a_reader_who_has_room()
    {
        await using var setup = new FetchSetup(1000, Options);
        setup.Store.Refuse = pages => pages.Count > 3 ? Errno.ENOSPC : 0;
        await setup.Fetch(0, 1, stream: 1);
        await setup.Fetch(1, 2, stream: 1);
        for (int page = 3; page < 20; page++)
            Assert.Equal((Errno)0, (await setup.Fetch(page, 1, stream: 1)).Errno);
        setup.AssertRight();
    }

    [Fact]
    public async Task A_sequential_reader_of_an_origin_with_one_connection_costs_one_request()
    {
        await using var setup = new FetchSetup(1000, OneConnection);
        FetchResult result = default;
        for (long page = 0; page < 1000; page += 2)
        {
            if (result.Mark > 0 && page * FetchSetup.PageSize >= result.Mark)
                await setup.Fetcher.AheadAsync(page * FetchSetup.PageSize, 1, default);
            result = await setup.Fetch(page, 2, stream: 1);
        }
        Assert.Equal((Errno)0, result.Errno);
        Assert.Equal(1, setup.Pool.Stats.Requests);
        Assert.True(setup.Store.IsFilled(new PageRun(0, 1000)));
        setup.AssertRight();
    }

    [Fact]
    public async Task A_request_that_goes_on_rests_at_the_end_of_its_window_and_ends_when_its_reader_does_not_come()
    {
        await using var setup = new FetchSetup(1000, OneConnection with { MaxRest = TimeSpan.FromSeconds(0.3) });
        await setup.Fetch(0, 2, stream: 1);
        FetchResult result = await setup.Fetch(2, 2, stream: 1);
        var window = new PageRun(0, result.AheadEnd / FetchSetup.PageSize);
        await Patience.UntilAsync(() => setup.Store.IsFilled(window), "the window");
        await Patience.UntilAsync(() => !setup.Fetcher.IsBusy, "the end of the rest");
        Assert.False(setup.Store.IsFilled(new PageRun(window.End, 1)));
        Assert.Equal(0, setup.Pool.Stats.FailedRequests);
    }

    [Fact]
    public async Task A_request_that_rests_makes_way_for_who_waits_for_its_only_place()
    {
        await using var setup = new FetchSetup(1000, OneConnection);
        await setup.Fetch(0, 2, stream: 1);
        FetchResult result = await setup.Fetch(2, 2, stream: 1);
        await Patience.UntilAsync(() => setup.Store.IsFilled(new PageRun(0, result.AheadEnd / FetchSetup.PageSize)), "the window");

        Assert.True(setup.Fetcher.IsBusy);
        Assert.Equal((Errno)0, (await setup.Fetch(900, 1).WaitAsync(Patience.Limit)).Errno);
    }

    [Fact]
    public async Task A_request_that_goes_on_makes_way_in_the_midst_of_its_window_and_its_reader_is_served_later()
    {
        await using var setup = new FetchSetup(
            1000, OneConnection with { MinAhead = 400 * FetchSetup.PageSize, MaxAhead = 400 * FetchSetup.PageSize });
        setup.Hold(100);
        await setup.Fetch(0, 2, stream: 1);
        await setup.Fetch(2, 2, stream: 1);
        await Patience.UntilAsync(() => setup.WasAsked(100), "the window is on its way");
        Task<FetchResult> other = setup.Fetch(900, 1);
        await Patience.UntilAsync(() => setup.Pool.Stats.Queued == 1, "another reader");
        setup.LetGo(100);

        Assert.Equal((Errno)0, (await other).Errno);
        Assert.False(setup.Store.IsFilled(new PageRun(300, 1)));
        FetchResult rest = default;
        for (int page = 4; page < 200; page += 2)
            rest = await setup.Fetch(page, 2, stream: 1);
        Assert.Equal((Errno)0, rest.Errno);
        setup.AssertRight();
    }

    [Fact]
    public async Task Streams_beyond_the_limit_are_forgotten()
    {
        await using var setup = new FetchSetup(1000, Options with { MaxStreams = 2 });
        await setup.Fetch(0, 2, stream: 1);
        await setup.Fetch(500, 1, stream: 2);
        await setup.Fetch(700, 1, stream: 3);
        Assert.Equal(0, (await setup.Fetch(2, 1, stream: 1)).AheadEnd);
    }
}
