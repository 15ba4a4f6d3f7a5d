using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;
using static Nnpfs.Unit.Tests.Cache.CacheFixture;

namespace Nnpfs.Unit.Tests.Cache;

/// <summary>A version whose file is not what its rows say, or not what its holders think.</summary>
public sealed class RunLossTests
{
    private const int Size = (3 * BlockSize) + 100;

    [Theory]
    [InlineData(0)]
    [InlineData(2 * BlockSize)] // of which there is no row
    public async Task A_run_whose_rows_outlived_its_file_is_begun_anew(long offset)
    {
        await using var cache = new CacheFixture();
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, 2 * BlockSize);
        string run = cache.FileOf(content, 0);
        content.Release();
        await cache.ReopenAsync(() => File.Delete(run)); // arlad was killed behind the unlink, ahead of the commit

        content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, offset, PageSize);
        Assert.NotEqual(run, cache.FileOf(content, offset / BlockSize));
        Assert.False(content.IsFilled(BlockSize, 1));
        Assert.Equal(PageSize, cache.Store.Stats.Bytes);
        content.Release();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_was_cut_is_not_made_longer_again_with_holes_for_pages(bool isHeld)
    {
        await using var cache = new CacheFixture(checksums: false);
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        Fill(content, 0, 3 * BlockSize);
        string run = cache.FileOf(content, 0);
        await cache.Store.FlushAsync();
        if (isHeld)
        {
            Cut(run, BlockSize);
        }
        else
        {
            content.Release();
            await cache.ReopenAsync(() => Cut(run, BlockSize));
            content = cache.Volume.Hold(new NodeId(1), 1, Size);
        }
        content.Vouch(2 * BlockSize, BlockSize);
        Fill(content, 2 * BlockSize, BlockSize);
        Assert.Equal(default, content.StateOf(1)); // it would be a hole
        content.Release();
    }

    [Theory]
    [InlineData(BlockSize)]
    [InlineData(Size)]
    public async Task An_outdated_version_that_a_kernel_reads_is_still_known_for_what_it_is(int size)
    {
        await using var cache = new CacheFixture();
        NodeRecord file = cache.File("a", 1, size);
        Assert.Equal((Errno)0, cache.Volume.Put(file));
        Content content = cache.Volume.Hold(file.Id, 1, size);
        Fill(content, 0, size);
        string path = cache.FileOf(content, 0);
        content.Release();
        await cache.Store.FlushAsync();
        using (SafeFd lent = Files.Open(path, OpenModes.ReadOnly).Value)
        {
            Assert.Equal((Errno)0, Disk.TryUse(lent));
            Assert.Equal((Errno)0, cache.Volume.Put(file with { Version = 2 }));
            Assert.Equal(0, await cache.Store.ReclaimAsync(long.MaxValue));
            await cache.Store.CheckAsync();
            Assert.Equal(0, cache.Store.Stats.DamagedPages);
            Assert.True(File.Exists(path));
        }
        await cache.Store.CheckAsync();
        Assert.False(File.Exists(path));
        Assert.Equal(0, cache.Store.Stats.Bytes);
    }

    [Fact]
    public async Task A_sync_of_a_run_that_failed_leaves_no_trust_in_what_a_fetch_had_written_into_it()
    {
        WrappedDisk disk = null!;
        await using var cache = new CacheFixture(wrap: inner => disk = new WrappedDisk(inner));
        Content content = cache.Volume.Hold(new NodeId(1), 1, Size);
        using (PageFill fill = content.Begin(BlockSize, PageSize).Value)
        {
            Assert.Equal((Errno)0, fill.Write(BlockSize, Pattern(BlockSize, PageSize)));
            Fill(content, 0, PageSize);
            disk.SyncAnswer = Errno.EIO;
            await cache.Store.FlushAsync();
            disk.SyncAnswer = 0; // the error is told once: a descriptor that is opened from now on never hears of it
            Assert.Equal((Errno)0, fill.MarkFilled(BlockSize, PageSize));
            await cache.Store.FlushAsync();
        }
        Assert.Equal(default, content.StateOf(0));
        Assert.Equal(default, content.StateOf(1));
        Assert.Equal(0, cache.Store.Stats.Bytes);
        content.Release();
    }

    private static void Cut(string file, long length)
    {
        using FileStream stream = File.OpenWrite(file);
        stream.SetLength(length);
    }
}
