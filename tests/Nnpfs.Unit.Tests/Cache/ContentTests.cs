using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class ContentTests
{
    [Fact]
    public async Task A_filled_page_is_read_back_and_outlives_a_restart()
    {
        await using var cache = new CacheFixture();
        var node = new NodeId(cache.Volume.NextNumber().Value);
        Content content = cache.Volume.Hold(node, 7, 3 * BlockSize + 100);
        Fill(content, BlockSize + (2 * PageSize), 2 * PageSize);
        Fill(content, 3 * BlockSize, 100);
        Assert.Equal(0b1100ul, content.StateOf(1).Map);
        content.Release();

        await cache.ReopenAsync();
        content = cache.Volume.Hold(node, 7, 3 * BlockSize + 100);
        Assert.Equal(0b1100ul, content.StateOf(1).Map);
        Assert.Equal(0b1ul, content.StateOf(3).Map);
        Assert.Equal(default, content.StateOf(0));
        var bytes = new byte[2 * PageSize];
        Assert.Equal(bytes.Length, content.Read(BlockSize + (2 * PageSize), bytes).Value);
        Assert.Equal(Pattern(BlockSize + (2 * PageSize), 2 * PageSize), bytes);
        Assert.Equal((2 * PageSize) + 100, content.FilledBytes());
        content.Release();
    }

    [Fact]
    public async Task A_page_that_was_not_written_whole_is_not_marked()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        using (PageFill fill = content.Begin(0, 3 * PageSize).Value)
        {
            Assert.Equal((Errno)0, fill.Write(0, Pattern(0, PageSize + 10)));
            Assert.Equal(Errno.EIO, fill.MarkFilled(0, 3 * PageSize));
            Assert.Equal(1ul, content.StateOf(0).Map);
            Assert.Equal(Errno.EINVAL, fill.Write(PageSize + 11, Pattern(0, 10)));
            Assert.Equal((Errno)0, fill.Write(PageSize + 10, Pattern(PageSize + 10, PageSize - 10)));
            Assert.Equal((Errno)0, fill.MarkFilled(PageSize, PageSize));
        }
        Assert.Equal(3ul, content.StateOf(0).Map);
        content.Release();
    }

    [Fact]
    public async Task A_filled_page_is_never_written_again()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, PageSize, PageSize, seed: 1);
        Fill(content, 0, 3 * PageSize, seed: 2);
        var bytes = new byte[3 * PageSize];
        content.Read(0, bytes);
        Assert.Equal([.. Pattern(0, PageSize, 2), .. Pattern(PageSize, PageSize, 1), .. Pattern(2 * PageSize, PageSize, 2)], bytes);
        content.Release();
    }

    [Fact]
    public async Task A_fill_that_marks_nothing_leaves_nothing()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        using (PageFill fill = content.Begin(0, BlockSize).Value)
        {
            Assert.Equal((Errno)0, fill.Write(0, Pattern(0, PageSize)));
            Assert.Equal(PageSize, cache.Store.Stats.Bytes);
        }
        Assert.Equal(0, cache.Store.Stats.Bytes);
        Assert.Equal(0, cache.Store.Stats.ReservedBytes);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(cache.Path, "volumes"), "*", SearchOption.AllDirectories));
        content.Release();
    }

    [Fact]
    public async Task A_damaged_page_is_found_after_a_restart_and_its_block_gets_a_new_name()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, 0, BlockSize);
        ulong generation = content.StateOf(0).Generation;
        string file = cache.FileOf(content, 0);
        content.Release();
        await cache.ReopenAsync(() =>
        {
            using FileStream stream = File.OpenWrite(file);
            stream.Position = 5000;
            stream.WriteByte(0xEE);
        });

        content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Assert.Equal(default, content.StateOf(0));
        Assert.False(File.Exists(file));
        Assert.Equal(1, cache.Store.Stats.DamagedPages);
        await UntilAsync(() => { lock (cache.Told) return cache.Told.Contains(new ReclaimedBlock(new NodeId(1), 1, 0, generation)); });
        Fill(content, 0, PageSize);
        Assert.NotEqual(generation, content.StateOf(0).Generation);
        content.Release();
    }

    [Fact]
    public async Task A_damaged_page_that_nobody_reads_is_found_by_the_slow_check()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, 0, BlockSize);
        string file = cache.FileOf(content, 0);
        content.Release();
        await cache.ReopenAsync(() =>
        {
            using FileStream stream = File.OpenWrite(file);
            stream.Position = 5000;
            stream.WriteByte(0xEE);
        });

        await cache.Store.CheckAsync();

        Assert.Equal(1, cache.Store.Stats.DamagedPages);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task A_block_file_that_was_deleted_is_noticed_when_it_is_asked_for_again()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, 0, PageSize);
        await cache.Store.FlushAsync();
        File.Delete(cache.FileOf(content, 0));
        Assert.Equal(default, content.Vouch(0));
        Assert.Equal(default, content.StateOf(0));
        content.Release();
    }

    [Fact]
    public async Task A_range_outside_the_content_is_refused()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, 5000);
        Assert.Equal(Errno.EINVAL, content.Begin(4096, 905).Errno);
        Assert.Equal(Errno.EINVAL, content.Begin(-1, 10).Errno);
        Assert.Equal(Errno.EINVAL, content.Begin(0, 0).Errno);
        Assert.Equal(Errno.EINVAL, content.Begin(long.MaxValue, 5000).Errno);
        content.Release();
    }
}
