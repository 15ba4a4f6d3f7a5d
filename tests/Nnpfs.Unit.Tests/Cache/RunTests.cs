using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Index;
using Nnpfs.Posix;
using Nnpfs.Proto;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

/// <summary>Versions of several blocks in one file.</summary>
public sealed class RunTests
{
    private const int Size = (3 * BlockSize) + 100;

    [Fact]
    public async Task Blocks_filled_in_any_order_lie_in_one_file_that_is_the_content()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 3 * BlockSize, 100);
        Fill(content, BlockSize, BlockSize);
        Fill(content, 0, BlockSize);
        Fill(content, 2 * BlockSize, BlockSize);
        Assert.Equal(Pattern(0, Size), await File.ReadAllBytesAsync(cache.FileOf(content, 0)));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(cache.Path, "volumes"), "*", SearchOption.AllDirectories));
        content.Release();
    }

    [Fact]
    public async Task After_a_restart_filling_goes_on_in_the_same_file_and_each_block_is_checked_for_itself()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, BlockSize);
        Fill(content, BlockSize, BlockSize);
        string run = cache.FileOf(content, 0);
        content.Release();
        await cache.ReopenAsync(() => Damage(run, BlockSize + 5));

        content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Assert.Equal(ulong.MaxValue, content.StateOf(0).Map);
        Assert.Equal(default, content.StateOf(1)); // damaged, and found so although its neighbour is sound
        Assert.Equal(2 * BlockSize, cache.Store.Stats.Bytes); // its bytes are still in the file
        Fill(content, BlockSize, BlockSize);
        Assert.Equal(2 * BlockSize, cache.Store.Stats.Bytes);
        Fill(content, 2 * BlockSize, BlockSize + 100);
        Assert.Equal(run, cache.FileOf(content, 1));
        Assert.Equal(Pattern(0, Size), await File.ReadAllBytesAsync(run));
        content.Release();
    }

    [Fact]
    public async Task A_version_larger_than_a_quarter_of_the_limit_has_a_file_for_each_block()
    {
        await using var cache = new CacheFixture(new CacheLimits(12 * BlockSize));
        Content small = cache.Volume.Hold(new NodeId(1), 1, 3 * BlockSize), large = cache.Volume.Hold(new NodeId(2), 1, Size);
        foreach (Content content in (Content[])[small, large])
        {
            Fill(content, 0, PageSize);
            Fill(content, BlockSize, PageSize);
        }
        Assert.Equal(cache.FileOf(small, 0), cache.FileOf(small, 1));
        Assert.NotEqual(cache.FileOf(large, 0), cache.FileOf(large, 1));
        small.Release();
        large.Release();
    }

    [Fact]
    public async Task A_run_is_reclaimed_as_one_and_not_while_a_fetch_is_under_way_in_it()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, PageSize);
        Fill(content, BlockSize, PageSize);
        string run = cache.FileOf(content, 0);
        ulong generation = content.StateOf(0).Generation;
        using (content.Begin(2 * BlockSize, PageSize).Value)
            Assert.Equal(0, await cache.Store.ReclaimAsync(1));
        Assert.Equal(2 * PageSize, await cache.Store.ReclaimAsync(1));
        Assert.Equal(default, content.StateOf(0));
        Assert.Equal(default, content.StateOf(1));
        Assert.False(File.Exists(run));
        Assert.Equal(0, cache.Store.Stats.Bytes);
        await UntilAsync(() => { lock (cache.Told) return cache.Told.Contains(new ReclaimedBlock(new NodeId(1), 1, BlockName.Run, generation)); });

        Fill(content, 0, PageSize);
        Assert.NotEqual(run, cache.FileOf(content, 0)); // a name never means two files
        content.Release();
    }

    [Theory]
    [InlineData(BlockSize)]
    [InlineData(Size)]
    public async Task What_a_driver_has_lent_to_its_kernel_is_neither_reclaimed_nor_flushed(int size)
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, size);
        Fill(content, 0, size);
        string file = cache.FileOf(content, 0);
        content.Release();
        using (SafeFd lent = Files.Open(file, OpenModes.ReadOnly).Value)
        {
            Assert.Equal((Errno)0, Disk.TryUse(lent));
            Assert.Equal(0, await cache.Store.ReclaimAsync(long.MaxValue));
            Assert.Equal(0, cache.Volume.Flush(new NodeId(1), 1));
            Assert.True(File.Exists(file));
        }
        Assert.True(cache.Volume.Flush(new NodeId(1), 1) >= size);
        Assert.False(File.Exists(file));
        Assert.Equal(0, cache.Store.Stats.Bytes);
    }

    [Fact]
    public async Task A_run_is_as_young_as_its_youngest_block()
    {
        var time = new SteppedTime();
        await using var cache = new CacheFixture(time: time);
        Content run = cache.Volume.Hold(new NodeId(1), 1, Size), other = cache.Volume.Hold(new NodeId(2), 1, BlockSize);
        foreach ((Content content, long offset) in ((Content, long)[])[(run, 0), (other, 0), (run, BlockSize)])
        {
            Fill(content, offset, PageSize);
            await cache.Store.FlushAsync();
            time.Step(TimeSpan.FromSeconds(10));
        }
        Assert.Equal(PageSize, await cache.Store.ReclaimAsync(1));
        Assert.Equal(default, other.StateOf(0));
        Assert.Equal(1ul, run.StateOf(0).Map);
        run.Release();
        other.Release();
    }

    [Fact]
    public async Task A_run_of_thousands_of_blocks_is_moved_back_at_once()
    {
        const int Blocks = 4200; // more than are spared in one call
        var time = new SteppedTime();
        await using var cache = new CacheFixture(time: time);
        Content run = cache.Volume.Hold(new NodeId(1), 1, (long)Blocks * BlockSize), other = cache.Volume.Hold(new NodeId(2), 1, BlockSize);
        for (long block = 1; block < Blocks; block++)
            Fill(run, block * BlockSize, PageSize);
        await cache.Store.FlushAsync();
        foreach (Content content in (Content[])[other, run])
        {
            time.Step(TimeSpan.FromSeconds(10));
            Fill(content, 0, PageSize);
            await cache.Store.FlushAsync();
        }
        Assert.True(run.StateOf(0).InRun);
        Assert.Equal(PageSize, await cache.Store.ReclaimAsync(1));
        Assert.Equal(default, other.StateOf(0));
        run.Release();
        other.Release();
    }

    [Fact]
    public async Task Who_knows_a_part_is_told_once_when_the_version_has_become_whole()
    {
        await using var cache = new CacheFixture();
        int told = 0;
        cache.Volume.BecameWhole = content => Interlocked.Add(ref told, content.IsFilled(0, Size) ? 1 : 100);
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, 2 * BlockSize);
        Fill(content, (2 * BlockSize) + PageSize, BlockSize - PageSize + 100);
        content.Release();
        await cache.ReopenAsync();
        cache.Volume.BecameWhole = content => Interlocked.Add(ref told, content.IsFilled(0, Size) ? 1 : 100);
        content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Assert.Equal(0, told);
        Fill(content, 2 * BlockSize, PageSize);
        await UntilAsync(() => Volatile.Read(ref told) == 1);
        content.Release();
    }

    [Fact]
    public async Task A_run_without_a_row_is_swept_and_one_with_a_row_stays()
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, PageSize);
        string run = cache.FileOf(content, 0), orphan = run[..run.LastIndexOf('-')] + "-1";
        content.Release();
        await cache.ReopenAsync(() => File.Copy(run, orphan));
        await cache.Store.CheckAsync();
        Assert.True(File.Exists(run));
        Assert.False(File.Exists(orphan));
    }

    [Fact]
    public async Task An_index_of_the_time_before_runs_is_taken_over_with_all_that_is_in_it()
    {
        await using var cache = new CacheFixture(new CacheLimits(8 * BlockSize));
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, 2 * BlockSize);
        string first = cache.FileOf(content, 0);
        content.Release();
        await cache.ReopenAsync(() =>
        {
            using Database index = Database.Open(Path.Combine(cache.Path, CacheDirectory.IndexName), NullLogger.Instance);
            index.Execute("ALTER TABLE blocks DROP COLUMN run; PRAGMA user_version=1");
            cache.Options = cache.Options with { Limits = new CacheLimits() with { FreeBytes = 0 } };
        });
        content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Assert.Equal(ulong.MaxValue, content.StateOf(1).Map);
        Fill(content, 2 * BlockSize, PageSize);
        Assert.Equal(first, cache.FileOf(content, 0));
        Assert.False(content.StateOf(2).InRun); // it goes on as it began
        content.Release();
    }

    [Fact]
    public async Task A_block_that_the_full_disk_sends_to_memory_leaves_the_run_to_the_others()
    {
        WrappedDisk disk = null!;
        await using var cache = new CacheFixture(wrap: inner => disk = new WrappedDisk(inner));
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, BlockSize);
        Fill(content, BlockSize, PageSize);
        disk.Room = 0;
        Fill(content, BlockSize + PageSize, PageSize);
        Assert.True(content.StateOf(0).InRun);
        Assert.False(content.StateOf(1).InRun);
        var bytes = new byte[BlockSize + (2 * PageSize)];
        Assert.Equal(bytes.Length, content.Read(0, bytes).Value);
        Assert.Equal(Pattern(0, bytes.Length), bytes);
        Assert.Equal(BlockSize + PageSize, cache.Store.Stats.Bytes); // the page that is in memory now takes room in the file as well
        Assert.Equal(BlockSize + PageSize, await cache.Store.ReclaimAsync(1));
        Assert.Equal(0, cache.Store.Stats.Bytes);
        content.Release();
    }

    [Fact]
    public async Task What_a_run_has_of_blocks_that_left_it_is_counted_for_as_long_as_somebody_holds_the_version()
    {
        await using var cache = new CacheFixture();
        string run = RunOfTwoBlocks(cache);
        await cache.ReopenAsync(() => Damage(run, 5));
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Assert.Equal(default, content.StateOf(0));
        Assert.Equal(2 * BlockSize, cache.Store.Stats.Bytes);
        content.Release();
        Assert.Equal(BlockSize, cache.Store.Stats.Bytes);
        Assert.Equal(BlockSize, await cache.Store.ReclaimAsync(1));
        Assert.Equal(0, cache.Store.Stats.Bytes);
    }

    [Fact]
    public async Task A_damaged_row_is_counted_no_more_and_splits_no_run()
    {
        await using var cache = new CacheFixture();
        string run = RunOfTwoBlocks(cache);
        await cache.ReopenAsync(() =>
        {
            using Database index = Database.Open(Path.Combine(cache.Path, CacheDirectory.IndexName), NullLogger.Instance);
            index.Execute("UPDATE blocks SET proof = proof + 1 WHERE block = 0");
        });
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 2 * BlockSize, PageSize);
        Assert.Equal(run, cache.FileOf(content, 2));
        Assert.Equal(ulong.MaxValue, content.StateOf(1).Map);
        Assert.Equal(default, content.StateOf(0));
        Assert.Equal(BlockSize + PageSize, cache.Store.Stats.Bytes);
        Fill(content, 0, BlockSize);
        Assert.Equal(run, cache.FileOf(content, 0));
        Assert.Equal((2 * BlockSize) + PageSize, cache.Store.Stats.Bytes);
        content.Release();
    }

    /// <returns>its file</returns>
    private static string RunOfTwoBlocks(CacheFixture cache)
    {
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, 2 * BlockSize);
        string run = cache.FileOf(content, 0);
        content.Release();
        return run;
    }

    private static void Damage(string file, long offset)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.Seek(offset, SeekOrigin.Begin);
        stream.WriteByte(0xFF);
    }
}
