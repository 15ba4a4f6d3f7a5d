using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.TestKit;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

public sealed class FullDiskTests
{
    private readonly List<WrappedDisk> _disks = []; // the cache disposes of them

    private WrappedDisk TheDisk => _disks[^1];

    [Fact]
    [Claim("S21")]
    public async Task On_a_full_disk_pages_are_served_from_memory_with_the_right_bytes_and_are_in_no_index()
    {
        await using CacheFixture cache = Open();
        Content content = cache.Volume.Hold(new NodeId(1), 1, 2 * BlockSize);
        TheDisk.Room = 0;
        Fill(content, 0, 2 * BlockSize);
        AssertReads(content, 0, 2 * BlockSize);
        Assert.Equal(0, cache.Store.Stats.Bytes);
        Assert.Equal(2 * BlockSize, cache.Store.Stats.TransientBytes);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(cache.Path, "volumes"), "*", SearchOption.AllDirectories));
        content.Release();
        await cache.ReopenAsync();
        content = cache.Volume.Hold(new NodeId(1), 1, 2 * BlockSize);
        Assert.Equal(default, content.StateOf(0));
        content.Release();
    }

    [Fact]
    public async Task A_disk_that_fills_up_within_a_block_moves_the_block_with_all_that_is_in_it()
    {
        await using CacheFixture cache = Open();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, 4 * PageSize, PageSize);
        ulong generation = content.StateOf(0).Generation;
        using (PageFill fill = content.Begin(0, 4 * PageSize).Value)
        {
            Assert.Equal((Errno)0, fill.Write(0, Pattern(0, PageSize + 100)));
            TheDisk.Room = 0;
            Assert.Equal((Errno)0, fill.Write(PageSize + 100, Pattern(PageSize + 100, (3 * PageSize) - 100)));
            Assert.Equal((Errno)0, fill.MarkFilled(0, 4 * PageSize));
        }
        Assert.Equal(0b11111ul, content.StateOf(0).Map);
        Assert.NotEqual(generation, content.StateOf(0).Generation);
        AssertReads(content, 0, 5 * PageSize);
        content.Release();
    }

    [Fact]
    public async Task Room_is_made_by_reclaiming_before_memory_is_used()
    {
        await using CacheFixture cache = Open(new CacheLimits(8 * BlockSize)); // a file for each block
        Content content = cache.Volume.Hold(new NodeId(1), 1, 4 * BlockSize);
        Fill(content, 0, BlockSize);
        await cache.Store.FlushAsync();
        int asked = 0;
        using PageFill fill = content.Begin(BlockSize, PageSize).Value;
        TheDisk.Room = 0;
        lock (cache.Told)
            asked = cache.Told.Count;
        Assert.Equal((Errno)0, fill.Write(BlockSize, Pattern(BlockSize, PageSize)));
        await UntilAsync(() => { lock (cache.Told) return cache.Told.Count > asked; });
        Assert.Equal(default, content.StateOf(0));
        fill.Dispose();
        content.Release();
    }

    [Fact]
    public async Task When_memory_is_used_up_too_the_oldest_of_it_goes()
    {
        await using CacheFixture cache = Open();
        int blocks = (int)(cache.Options.TransientBytes / BlockSize) + 3;
        Content content = cache.Volume.Hold(new NodeId(1), 1, (long)blocks * BlockSize);
        TheDisk.Room = 0;
        for (int block = 0; block < blocks; block++)
        {
            Fill(content, (long)block * BlockSize, BlockSize);
            Assert.True(cache.Store.Stats.TransientBytes <= cache.Options.TransientBytes);
        }
        Assert.Equal(default, content.StateOf(0));
        AssertReads(content, (long)(blocks - 1) * BlockSize, BlockSize);
        content.Release();
    }

    [Fact]
    public async Task A_limit_with_no_room_at_all_serves_from_memory()
    {
        await using var cache = new CacheFixture(new CacheLimits(Bytes: 0));
        Content content = cache.Volume.Hold(new NodeId(1), 1, PageSize);
        Fill(content, 0, PageSize);
        AssertReads(content, 0, PageSize);
        Assert.Equal(0, cache.Store.Stats.Bytes);
        content.Release();
    }

    [Fact]
    public async Task Blocks_whose_sync_failed_are_dropped()
    {
        await using CacheFixture cache = Open();
        Content content = cache.Volume.Hold(new NodeId(1), 1, BlockSize);
        Fill(content, 0, BlockSize);
        TheDisk.SyncAnswer = Errno.EIO;
        await cache.Store.FlushAsync();
        Assert.Equal(default, content.StateOf(0));
        Assert.Equal(0, cache.Store.Stats.Bytes);
        content.Release();
    }

    private CacheFixture Open(CacheLimits? limits = null) => new(limits, wrap: disk =>
    {
        _disks.Add(new WrappedDisk(disk));
        return TheDisk;
    });

    private static void AssertReads(Content content, long offset, int length)
    {
        var bytes = new byte[length];
        Assert.Equal(length, content.Read(offset, bytes).Value);
        Assert.Equal(Pattern(offset, length), bytes);
    }
}
