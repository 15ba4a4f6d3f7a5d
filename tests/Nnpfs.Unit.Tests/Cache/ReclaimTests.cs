using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class ReclaimTests
{
    private const int Limit = 8 * BlockSize;

    [Fact]
    public async Task What_lies_behind_a_block_that_gets_a_second_chance_is_taken_ahead_of_it()
    {
        const int Files = 400; // more than the index is asked for at once
        var time = new SteppedTime();
        await using var cache = new CacheFixture(time: time);
        Content[] contents = [.. Enumerable.Range(1, Files).Select(node => cache.Volume.Hold(new NodeId((ulong)node), 1, PageSize))];
        foreach (Content content in contents)
            Fill(content, 0, PageSize);
        await cache.Store.FlushAsync();
        time.Step(TimeSpan.FromSeconds(10));
        cache.Volume.Accessed([contents[0].Key.Node]);
        await cache.Store.FlushAsync();

        Assert.Equal((Files - 1) * PageSize, await cache.Store.ReclaimAsync((Files - 1) * PageSize));
        Assert.Equal(1ul, contents[0].StateOf(0).Map);
        foreach (Content content in contents)
            content.Release();
    }

    [Fact]
    public async Task Fetching_more_than_the_limit_reclaims_the_oldest_and_never_passes_the_limit()
    {
        await using var cache = new CacheFixture(new CacheLimits(Limit));
        Content content = cache.Volume.Hold(new NodeId(1), 1, 40L * BlockSize);
        for (int block = 0; block < 40; block++)
        {
            Fill(content, (long)block * BlockSize, BlockSize);
            Assert.InRange(cache.Store.Stats.Bytes, 0, Limit);
            Assert.InRange(Allocated(cache), 0, Limit);
        }
        Assert.Equal(default, content.StateOf(0));
        Assert.Equal(ulong.MaxValue, content.StateOf(39).Map);
        Assert.True(cache.Store.Stats.ReclaimedBlocks >= 32);
        content.Release();
        await UntilAsync(() => { lock (cache.Told) return cache.Told.Any(block => block.Block == 0); });
    }

    [Fact]
    public async Task A_block_with_a_fetch_under_way_is_not_reclaimed()
    {
        await using var cache = new CacheFixture(new CacheLimits(Limit));
        Content content = cache.Volume.Hold(new NodeId(1), 1, 3 * BlockSize); // too large for a run
        Fill(content, 0, PageSize);
        Fill(content, BlockSize, PageSize);
        using (PageFill fill = content.Begin(PageSize, PageSize).Value)
        {
            await cache.Store.ReclaimAsync(long.MaxValue);
            Assert.Equal(1ul, content.StateOf(0).Map);
            Assert.Equal(default, content.StateOf(1));
        }
        content.Release();
    }

    [Fact]
    public async Task A_reclaimed_block_comes_back_under_another_name()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, 0, PageSize);
        ulong generation = content.StateOf(0).Generation;
        Assert.Equal(PageSize, await cache.Store.ReclaimAsync(1));
        Fill(content, PageSize, PageSize);
        Assert.Equal(0b10ul, content.StateOf(0).Map);
        Assert.NotEqual(generation, content.StateOf(0).Generation);
        content.Release();
    }

    [Fact]
    public async Task Who_holds_a_reclaimed_blocks_descriptor_reads_on()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, 0, PageSize);
        using SafeFd file = content.OpenForReading(0, content.StateOf(0).Generation).Value;
        await cache.Store.ReclaimAsync(1);
        var bytes = new byte[PageSize];
        Assert.Equal(PageSize, Files.ReadAt(file, bytes, 0).Value);
        Assert.Equal(Pattern(0, PageSize), bytes);
        content.Release();
    }

    [Fact]
    public async Task Pinned_files_stay_and_others_go()
    {
        await using var cache = new CacheFixture(new CacheLimits(Limit));
        NodeRecord directory = cache.File("dir"), kept = cache.File("kept", 1, BlockSize, directory.Id), other = cache.File("other", 1, BlockSize);
        cache.Volume.Put([directory, kept, other]);
        Assert.Equal((Errno)0, cache.Volume.Pin(directory.Id, subtree: true));
        NodeRecord late = cache.File("late", 1, BlockSize, directory.Id); // found beneath the pin afterwards
        cache.Volume.Put(late);
        foreach (NodeRecord file in (NodeRecord[])[kept, other, late])
        {
            Content content = cache.Volume.Hold(file.Id, 1, BlockSize);
            Fill(content, 0, BlockSize);
            content.Release();
        }
        await cache.ReopenAsync();
        Assert.Equal(2 * BlockSize, cache.Store.Stats.PinnedBytes);
        Assert.Equal(BlockSize, await cache.Store.ReclaimAsync(long.MaxValue));
        Assert.Equal([directory.Id], cache.Volume.Pins.Value);

        Assert.Equal((Errno)0, cache.Volume.Unpin(directory.Id));
        Assert.Equal(Errno.ENOENT, cache.Volume.Unpin(directory.Id));
        Assert.Equal(0, cache.Store.Stats.PinnedBytes);
        Assert.Equal(2 * BlockSize, await cache.Store.ReclaimAsync(long.MaxValue));
    }

    [Fact]
    public async Task A_pin_within_a_pinned_tree_outlives_the_outer_one()
    {
        await using var cache = new CacheFixture();
        NodeRecord outer = cache.File("outer"), inner = cache.File("inner", 1, PageSize, outer.Id), side = cache.File("side", 1, PageSize, outer.Id);
        cache.Volume.Put([outer, inner, side]);
        foreach (NodeRecord file in (NodeRecord[])[inner, side])
        {
            Content content = cache.Volume.Hold(file.Id, 1, PageSize);
            Fill(content, 0, PageSize);
            content.Release();
        }
        await cache.Store.FlushAsync();
        cache.Volume.Pin(inner.Id, subtree: false);
        cache.Volume.Pin(outer.Id, subtree: true);
        Assert.Equal(2 * PageSize, cache.Store.Stats.PinnedBytes);
        cache.Volume.Unpin(outer.Id);
        Assert.Equal(PageSize, cache.Store.Stats.PinnedBytes);
    }

    [Fact]
    public async Task A_pin_that_cannot_be_kept_within_the_limit_is_refused()
    {
        await using var cache = new CacheFixture(new CacheLimits(Limit));
        NodeRecord large = cache.File("large", 1, Limit);
        cache.Volume.Put(large);
        Assert.Equal(Errno.ENOSPC, cache.Volume.Pin(large.Id, subtree: false));
        Assert.Empty(cache.Volume.Pins.Value);
    }

    [Fact]
    public async Task Lower_limits_take_effect_by_themselves()
    {
        await using var cache = new CacheFixture(new CacheLimits(Limit));
        Content content = cache.Volume.Hold(new NodeId(1), 1, 8L * BlockSize);
        Fill(content, 0, 6 * BlockSize);
        cache.Store.Limits = cache.Store.Limits with { Bytes = 2 * BlockSize };
        await UntilAsync(() => cache.Store.Stats.Bytes <= 2 * BlockSize);
        content.Release();
    }

    [Fact]
    public async Task What_a_driver_read_is_reclaimed_after_what_nobody_read()
    {
        var time = new SteppedTime();
        await using var cache = new CacheFixture(time: time);
        Content[] contents = [.. Enumerable.Range(1, 4).Select(i => cache.Volume.Hold(new NodeId((ulong)i), 1, PageSize))];
        foreach (Content content in contents)
            Fill(content, 0, PageSize);
        await cache.Store.FlushAsync();
        time.Step(TimeSpan.FromMinutes(5));
        cache.Volume.Accessed([new NodeId(1), new NodeId(3)]);
        await cache.Store.FlushAsync();
        await cache.Store.ReclaimAsync(2 * PageSize);
        Assert.Equal([1ul, 0ul, 1ul, 0ul], contents.Select(content => content.StateOf(0).Map));
        foreach (Content content in contents)
            content.Release();
    }

    private static long Allocated(CacheFixture cache) =>
        Directory.EnumerateFiles(Path.Combine(cache.Path, "volumes"), "*", SearchOption.AllDirectories).Sum(file =>
        {
            using SafeFd opened = Files.Open(file, OpenModes.ReadOnly).Value;
            return Disk.Extent(opened).Value.Allocated;
        });
}
