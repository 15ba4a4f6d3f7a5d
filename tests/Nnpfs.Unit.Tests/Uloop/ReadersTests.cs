using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Origins.Http;
using Nnpfs.Uloop.Filling;

namespace Nnpfs.Unit.Tests.Uloop;

/// <summary>Whose read it is, and how far ahead of him is fetched.</summary>
public sealed class ReadersTests
{
    private const int Page = 4096;

    [Fact]
    public void Readers_that_take_turns_are_told_apart_by_where_they_are()
    {
        var readers = new Readers();
        ulong first = readers.Of(0, 131072, true, out _).Id, second = readers.Of(500_000_000, 131072, true, out _).Id;
        Assert.NotEqual(first, second);
        for (int i = 1; i < 50; i++)
        {
            Assert.Equal(first, readers.Of(i * 131072, 131072, true, out _).Id);
            Assert.Equal(second, readers.Of(500_000_000 + (i * 131072), 131072, true, out _).Id);
        }
        Assert.DoesNotContain(readers.Of(250_000_000, Page, true, out _).Id, new[] { first, second });
    }

    [Fact]
    public void A_mark_is_due_once()
    {
        var readers = new Readers();
        Readers.Reader reader = readers.Of(0, Page, true, out bool isDue);
        Assert.False(isDue);
        readers.SetMark(reader, 3 * Page);
        readers.Of(2 * Page, 2 * Page, false, out isDue);
        Assert.False(isDue); // it is fetched, and judged so
        readers.Of(Page, Page, true, out isDue);
        Assert.False(isDue);
        readers.Of(3 * Page, Page, true, out isDue);
        Assert.True(isDue);
        readers.Of(4 * Page, Page, true, out isDue);
        Assert.False(isDue);
    }

    /// <summary>Whatever the length of a run: what was fetched beyond its end is no more than a quarter of it, and a page.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(5_000)]
    [InlineData(100_000)]
    public void What_is_fetched_ahead_is_a_small_part_of_what_was_read(int pages)
    {
        var content = new PageContent(OriginPath.Of("image"), default, 1L << 40, Page);
        var stream = new ReadStream(content, FetchRules.Of(8, exact: false));
        long end = 0;
        for (int i = 0; i < pages; i++)
            end = Math.Max(end, stream.Take(new PageRun(1_000_000 + i, 1), out _).End);
        Assert.InRange(end - (1_000_000 + pages), long.MinValue, Math.Max(pages / 4, 1));
    }

    [Theory]
    [InlineData("http://host/dir/disk%20image.img", "http://host/dir/", "disk image.img")]
    [InlineData("https://host/a?token=1", "https://host/?token=1", "a")]
    public void The_url_of_a_file_is_an_origin_and_a_name(string url, string root, string name)
    {
        Assert.True(FileUrl.TrySplit(url, out string found, out OriginPath path));
        Assert.Equal((root, name), (found, path.ToString()));
    }

    [Theory]
    [InlineData("http://host/dir/")]
    [InlineData("http://host")]
    [InlineData("http://host/..")]
    public void A_url_that_ends_with_no_name_is_no_file(string url) => Assert.False(FileUrl.TrySplit(url, out _, out _));
}
