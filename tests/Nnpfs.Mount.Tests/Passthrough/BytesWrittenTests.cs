using System.Globalization;
using Nnpfs.Mount.Tests.Cache;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Passthrough;

/// <summary>
/// What a file costs the cache's disk on its way to being passed through: all that reaches the device, journals and the index
/// included.
/// </summary>
public sealed class BytesWrittenTests
{
    private const int Size = 80_000_001; // 20 blocks
    private const int Page = 64 << 10;

    [MountTheory]
    [InlineData("ext4", false)]
    [InlineData("ext4", true)]
    [InlineData("xfs", true)]
    [InlineData("btrfs", true)]
    public async Task A_file_is_written_once_however_it_was_read(string fileSystem, bool atRandom)
    {
        byte[] content = Pattern.Bytes(Size);
        using var scratch = new Scratch();
        using var disk = new SmallDisk(512, scratch.Directory("cache"), fileSystem);
        string origin = scratch.Directory("origin");
        await File.WriteAllBytesAsync($"{origin}/file", content);
        await using TestArlad arlad = await TestArlad.StartAsync(
            $"[volume {TestMount.Volume}]\norigin = {origin}\nmax-ahead = 0", "keep-free = 0", scratch);
        await using TestMount mount = await TestMount.StartAsync(arlad);
        await mount.ListAsync();
        long before = disk.WrittenBytes();

        if (atRandom)
            await TouchAtRandomAsync(mount);
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        await Patience.UntilAsync(async () => (await mount.GetXattrAsync("file", "user.nnpfs.mode")).Value.StartsWith("passthrough", StringComparison.Ordinal), "the file to be whole");
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        Assert.True((await mount.CountersAsync()).PassthroughOpens > 0);

        await arlad.StopAsync(); // commits
        double perByte = (double)(disk.WrittenBytes() - before) / Size;
        Assert.True(perByte is > 0.9 and <= 1.1, string.Create(CultureInfo.InvariantCulture, $"{perByte:0.###} bytes written per byte"));
    }

    /// <summary>Every page, in no order, a commit now and then.</summary>
    private static async Task TouchAtRandomAsync(TestMount mount)
    {
        using SafeFd file = Files.Open(mount.At("file"), OpenModes.ReadOnly).Value;
        int[] pages = [.. Enumerable.Range(0, (Size + Page - 1) / Page)];
        new Random(1).Shuffle(pages);
        await mount.GuardAsync(() => pages.Sum(page => Files.ReadAt(file, new byte[100], (long)page * Page).Value), TimeSpan.FromSeconds(60));
    }
}
