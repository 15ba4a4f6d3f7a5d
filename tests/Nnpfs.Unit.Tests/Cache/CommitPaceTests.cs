using Nnpfs.Daemon.Cache;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class CommitPaceTests
{
    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(0.1, 1)]
    [InlineData(0.5, 5)]
    [InlineData(60, 10)]
    public void A_commit_takes_a_tenth_of_the_time_where_the_disk_is_slow_but_waits_ten_seconds_at_most(double took, double pause) =>
        Assert.Equal(pause, new CacheOptions { Directory = "" }.PauseAfter(TimeSpan.FromSeconds(took)).TotalSeconds, 3);

    [Fact]
    public void A_longer_interval_of_the_options_stays() =>
        Assert.Equal(TimeSpan.FromHours(1), new CacheOptions { Directory = "", CommitEvery = TimeSpan.FromHours(1) }.PauseAfter(TimeSpan.FromSeconds(60)));

    [Theory]
    [InlineData(1, false, 0)]
    [InlineData(1, true, 0.25)]
    [InlineData(4.9, true, 0.25)]
    [InlineData(5, true, 0)]
    public void A_commit_waits_on_while_pages_keep_coming_in_but_five_seconds_at_most(double waited, bool cameIn, double more) =>
        Assert.Equal(more, new CacheOptions { Directory = "" }.LookAgainAfter(TimeSpan.FromSeconds(waited), cameIn).TotalSeconds, 3);
}
