using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Cache.Keeping;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.TestKit;

namespace Nnpfs.Fault.Tests.Cache;

public sealed class FullFileSystemTests
{
    private const int BlockSize = 256 * 1024;

    [RootFact]
    [Claim("S21")]
    public async Task On_a_file_system_that_is_full_pages_have_the_right_bytes_and_come_back_to_disk_when_there_is_room()
    {
        using var disk = new SmallDisk(24);
        await using CacheStore store = Open(disk, new CacheLimits(1L << 30, FreeBytes: 0));
        CacheVolume volume = store.OpenVolume("docs", new Geometry(BlockSize), checksums: true).Value;
        string ballast = disk.FillUp();

        Content content = volume.Hold(new NodeId(1), 1, 8L * BlockSize);
        for (int block = 0; block < 8; block++)
            FillAndCheck(content, (long)block * BlockSize);
        Assert.True(store.Stats.TransientBytes > 0);
        await store.FlushAsync();

        File.Delete(ballast);
        long before = store.Stats.Bytes;
        Content other = volume.Hold(new NodeId(2), 1, BlockSize);
        FillAndCheck(other, 0);
        Assert.Equal(before + BlockSize, store.Stats.Bytes);
        Assert.Equal((Errno)0, await store.FlushAsync());
        other.Release();
        content.Release();
    }

    [RootFact]
    [Claim("S21")]
    public async Task An_index_without_room_takes_in_a_bounded_number_of_changes_and_goes_on_when_there_is_room()
    {
        using var disk = new SmallDisk(24);
        await using CacheStore store = Open(disk, new CacheLimits(1L << 30, FreeBytes: 0));
        CacheVolume volume = store.OpenVolume("docs", new Geometry(BlockSize), checksums: true).Value;
        Assert.Equal((Errno)0, volume.Put(Node(1)));
        Assert.Equal((Errno)0, await store.FlushAsync());
        string ballast = disk.FillUp();

        ulong taken = 1;
        Errno refused = 0;
        for (; taken < 50_000 && refused == 0; taken++)
            refused = volume.Put(Node(taken + 1));
        Assert.Equal(Errno.ENOSPC, refused);
        Assert.InRange(taken, 1000ul, 40_000ul);
        Assert.True(volume.Get(Node(taken - 1).Id).IsOk); // what was taken in is there
        Assert.Equal(Errno.ENOENT, volume.Get(Node(taken).Id).Errno);

        File.Delete(ballast);
        Assert.Equal((Errno)0, await store.FlushAsync());
        Assert.Equal((Errno)0, volume.Put(Node(taken)));

        NodeRecord Node(ulong id) => new()
        {
            Id = new NodeId(1_000_000 + id),
            Parent = volume.Root,
            Name = BitConverter.GetBytes(id),
            Facts = new() { Kind = Nnpfs.Origins.OriginKind.File },
            Version = 1,
        };
    }

    [RootFact]
    [Claim("S22")]
    public async Task A_limit_beyond_the_disk_keeps_the_free_space_that_it_must_leave()
    {
        using var disk = new SmallDisk(48);
        const long Leave = 16L << 20;
        await using CacheStore store = Open(disk, new CacheLimits(1L << 30, FreeBytes: Leave));
        CacheVolume volume = store.OpenVolume("docs", new Geometry(BlockSize), checksums: true).Value;
        Content content = volume.Hold(new NodeId(1), 1, 200L * BlockSize);
        for (int block = 0; block < 200; block++)
            FillAndCheck(content, (long)block * BlockSize);
        using SafeFd directory = Files.Open(disk.MountPoint, OpenModes.ReadOnly).Value;
        Assert.InRange(Disk.Space(directory).Value.Available, Leave - (4L << 20), long.MaxValue); // the index grows, too
        Assert.True(store.Stats.ReclaimedBlocks > 0);
        content.Release();
    }

    private static CacheStore Open(SmallDisk disk, CacheLimits limits)
    {
        var options = new CacheOptions { Directory = disk.MountPoint, Limits = limits, CommitEvery = TimeSpan.FromMilliseconds(50), ScrubRate = 0 };
        Assert.True(CacheStore.TryOpen(options, TimeProvider.System, NullLogger.Instance, out CacheStore? store, out string problem), problem);
        return store;
    }

    private static void FillAndCheck(Content content, long offset)
    {
        var bytes = new byte[BlockSize];
        new Random((int)(offset / BlockSize) + (int)content.Key.Node.Value).NextBytes(bytes);
        using (PageFill fill = content.Begin(offset, BlockSize).Value)
        {
            Assert.Equal((Errno)0, fill.Write(offset, bytes));
            Assert.Equal((Errno)0, fill.MarkFilled(offset, BlockSize));
        }
        var read = new byte[BlockSize];
        Result<int> count = content.Read(offset, read);
        Assert.True(count.IsOk, count.ToString());
        Assert.Equal(bytes, read);
    }
}
