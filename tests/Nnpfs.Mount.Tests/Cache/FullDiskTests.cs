using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Cache;

/// <summary>The cache on a disk of its own that has no room, seen from a mount.</summary>
public sealed class FullDiskTests
{
    private const string NoRoom = "no room for the cache";

    [MountFact]
    [Claim("S21")]
    public async Task Files_are_read_with_the_right_bytes_from_a_full_cache_disk_and_are_cached_again_once_there_is_room()
    {
        byte[] large = Pattern.Bytes(96 << 20, seed: 1), other = Pattern.Bytes(8 << 20, seed: 2);
        using var scratch = new Scratch();
        using var disk = new SmallDisk(48, scratch.Directory("cache"));
        string origin = scratch.Directory("origin");
        await File.WriteAllBytesAsync($"{origin}/large", large);
        await File.WriteAllBytesAsync($"{origin}/other", other);
        await using TestArlad arlad = await TestArlad.StartAsync(
            $"[volume {TestMount.Volume}]\norigin = {origin}", "keep-free = 0\nlimit-bytes = 64M", scratch);
        await using TestMount mount = await TestMount.StartAsync(arlad);
        await mount.ListAsync();
        string ballast = disk.FillUp();

        CacheUse.AssertSame(large, await mount.ReadFileAsync("large"));
        CacheUse.AssertSame(large.AsSpan(50 << 20, 8 << 20).ToArray(), (await mount.TryReadAsync("large", 50 << 20, 8 << 20)).Value);
        Assert.Equal(1, Times(arlad, NoRoom));
        Assert.InRange(CacheUse.BlockBytes(arlad), 0, 1 << 20);

        File.Delete(ballast);
        CacheUse.AssertSame(other, await mount.ReadFileAsync("other"));
        Assert.Equal(other.Length, CacheUse.BlockBytes(arlad));
        await arlad.KillAsync();
        mount.DropKernelCache();
        CacheUse.AssertSame(other, await mount.ReadFileAsync("other"));
        Assert.Equal(1, Times(arlad, NoRoom));
    }

    [MountFact]
    [Claim("S21")]
    public async Task A_file_larger_than_the_disk_is_read_and_the_disk_keeps_a_part_of_it()
    {
        byte[] large = Pattern.Bytes(96 << 20, seed: 3);
        using var scratch = new Scratch();
        using var disk = new SmallDisk(48, scratch.Directory("cache"));
        string origin = scratch.Directory("origin");
        await File.WriteAllBytesAsync($"{origin}/large", large);
        await using TestArlad arlad = await TestArlad.StartAsync(
            $"[volume {TestMount.Volume}]\norigin = {origin}", "keep-free = 8M\nlimit-bytes = 1G", scratch);
        await using TestMount mount = await TestMount.StartAsync(arlad);

        for (int round = 0; round < 2; round++)
        {
            CacheUse.AssertSame(large, await mount.ReadFileAsync("large"));
            Assert.InRange(new DriveInfo(disk.MountPoint).AvailableFreeSpace, 6L << 20, 48L << 20); // the index takes some
            mount.DropKernelCache();
        }
        Assert.InRange(CacheUse.BlockBytes(arlad), 4L << 20, 40L << 20);
    }

    private static int Times(TestArlad arlad, string line) => arlad.Program.Output.Split(line).Length - 1;
}
