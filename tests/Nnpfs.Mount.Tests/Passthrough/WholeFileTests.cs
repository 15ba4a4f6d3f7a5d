using System.Security.Cryptography;
using Nnpfs.Mount.Tests.Cache;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Passthrough;

/// <summary>What is whole is read by the kernel itself.</summary>
public sealed class WholeFileTests
{
    [Claim("S28")]
    [MountTheory]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(3_000_001)]
    [InlineData(4 << 20)]
    [InlineData((4 << 20) + 1)]
    [InlineData(33_000_001)]
    public async Task A_whole_file_is_read_spliced_and_mapped_without_a_request(int size)
    {
        byte[] content = Pattern.Bytes(size);
        await using TestMount mount = await StartAsync(content);
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        DriverCounters first = await mount.CountersAsync();
        mount.DropKernelCache();

        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        string digest = Convert.ToHexStringLower(SHA256.HashData(content));
        Assert.Equal(digest, await Python.RunAsync(mount, Python.Mapped, "file"));
        Assert.Equal(digest, await Python.RunAsync(mount, Python.Sent, "file"));

        DriverCounters last = await mount.CountersAsync();
        Assert.True(last.Received("Read") == first.Received("Read"), $"{first}\n{last}");
        Assert.True(last.PassthroughOpens >= first.PassthroughOpens + 3, $"{first}\n{last}");
        await Patience.UntilAsync(async () => (await mount.CountersAsync()).BackingIds == 0, "the last backing file to be given back");
    }

    [Claim("S28")]
    [MountFact]
    public async Task A_file_of_more_blocks_than_are_told_at_once_is_passed_through_when_it_was_filled_at_random_or_prefetched()
    {
        byte[] content = Pattern.Bytes((100 * (256 << 10)) + 5);
        await using TestMount mount = await StartAsync(content, settings: "block-size = 256K");
        using (SafeFd file = Files.Open(mount.At("file"), OpenModes.ReadOnly).Value)
        {
            foreach (int offset in (int[])[20_000_000, 5, 9_000_000])
                Assert.Equal(100, (await mount.GuardAsync(() => Files.ReadAt(file, new byte[100], offset))).Value);
        }
        await mount.Arlad.CommandAsync("prefetch", $"{TestMount.Volume}:/file");
        await Patience.UntilAsync(async () =>
        {
            using SafeFd file = Files.Open(mount.At("file"), OpenModes.ReadOnly).Value;
            return (await mount.CountersAsync()).BackingIds == 1;
        }, "an open in passthrough");
        DriverCounters first = await mount.CountersAsync();
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        Assert.Equal(first.Received("Read"), (await mount.CountersAsync()).Received("Read"));
    }

    [Claim("S28")]
    [MountFact]
    public async Task A_program_is_executed_without_a_read()
    {
        await using TestMount mount = await StartAsync(await File.ReadAllBytesAsync("/bin/bash"), executable: true);
        await mount.ReadFileAsync("file");
        DriverCounters first = await mount.CountersAsync();
        mount.DropKernelCache();

        (int status, string output) = await mount.GuardAsync(() => ChildProgram.Run(mount.At("file"), "-c", "echo A=1"));
        Assert.True(status == 0, output);
        Assert.Equal("A=1", output.Trim());

        DriverCounters last = await mount.CountersAsync();
        Assert.True(last.Received("Read") == first.Received("Read") && last.PassthroughOpens > first.PassthroughOpens, $"{first}\n{last}");
        await Patience.UntilAsync(async () => (await mount.CountersAsync()).BackingIds == 0, "the last backing file to be given back");
    }

    [Claim("S28")]
    [MountFact]
    public async Task A_file_that_becomes_whole_while_it_is_open_is_passed_through_once_no_cached_open_is_left()
    {
        byte[] content = Pattern.Bytes(3_000_000);
        await using TestMount mount = await StartAsync(content);
        var start = new byte[4096];
        using (SafeFd early = Files.Open(mount.At("file"), OpenModes.ReadOnly).Value)
        {
            Assert.Equal(start.Length, (await mount.GuardAsync(() => Files.ReadAt(early, start, 0))).Value);
            CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
            CacheUse.AssertSame(content, await mount.ReadFileAsync("file")); // whole, and joins the early one
            Assert.Equal(0, (await mount.CountersAsync()).PassthroughOpens);
        }
        await Patience.UntilAsync(async () =>
        {
            CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
            return (await mount.CountersAsync()).PassthroughOpens > 0;
        }, "an open in passthrough");
    }

    [MountFact]
    public async Task With_passthrough_off_every_read_goes_through_the_driver()
    {
        byte[] content = Pattern.Bytes(3_000_000);
        await using TestMount mount = await StartAsync(content, options: "passthrough=off");
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        DriverCounters first = await mount.CountersAsync();
        mount.DropKernelCache();
        CacheUse.AssertSame(content, await mount.ReadFileAsync("file"));
        DriverCounters last = await mount.CountersAsync();
        Assert.True(last.Received("Read") > first.Received("Read") && last.PassthroughOpens == 0, $"{first}\n{last}");
    }

    private static Task<TestMount> StartAsync(byte[] content, bool executable = false, string options = "", string settings = "") => TestMount.StartAsync(new()
    {
        Fill = origin =>
        {
            File.WriteAllBytes($"{origin}/file", content);
            if (executable)
                File.SetUnixFileMode($"{origin}/file", (UnixFileMode)0x1ED);
        },
        Options = options,
        VolumeSettings = settings,
    });
}
