using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.IoUring;

/// <summary>A volume whose requests come by io_uring: misses, hits, forgetting, and what is taken back.</summary>
public sealed class RingVolumeTests
{
    private const int Files = 200;
    private static readonly byte[] Content = Pattern.Bytes(9_000_000);

    private static readonly MountSetup Setup = new() { Options = IoUringSwitch.Option, Fill = Fill };

    [IoUringFact]
    public async Task Readers_that_miss_and_readers_that_hit_all_get_the_right_bytes()
    {
        await using TestMount mount = await TestMount.StartAsync(Setup);

        byte[][] first = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => mount.ReadFileAsync("large")));
        mount.DropKernelCache();
        byte[][] second = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => mount.ReadFileAsync("large")));

        Assert.All(first.Concat(second), bytes => Assert.Equal(Content, bytes));
        Assert.True((await mount.CountersAsync()).Hits > 0);
    }

    [IoUringFact]
    public async Task What_the_kernel_forgets_is_forgotten()
    {
        await using TestMount mount = await TestMount.StartAsync(Setup);
        for (int i = 0; i < Files; i++)
            Assert.Equal(Pattern.Bytes(100 + i), await mount.ReadFileAsync($"sub/{i}"));

        mount.DropKernelCache();

        await Patience.UntilAsync(
            async () => await mount.CountersAsync() is var counters && counters.Received("Forget") + counters.Received("BatchForget") > 0, "FORGET");
        for (int i = 0; i < Files; i++)
            Assert.Equal(Pattern.Bytes(100 + i), await mount.ReadFileAsync($"sub/{i}"));
    }

    [IoUringFact]
    public async Task After_an_invalidation_a_new_open_sees_the_new_version_and_an_open_file_keeps_its_own()
    {
        await using TestMount mount = await TestMount.StartAsync(Setup);
        byte[] before = await mount.ReadFileAsync("sub/1"), after = Pattern.Bytes(5000);
        using SafeFd open = await mount.GuardAsync(() => Posix.Files.Open(mount.At("sub/1"), OpenModes.ReadOnly).Value);
        File.WriteAllBytes($"{mount.Origin}/sub/new", after);
        File.Move($"{mount.Origin}/sub/new", $"{mount.Origin}/sub/1", overwrite: true);

        await mount.InvalidateAsync("sub/1");

        Assert.Equal(after, await mount.ReadFileAsync("sub/1"));
        mount.DropKernelCache();
        byte[] kept = new byte[before.Length + 1];
        Assert.Equal(before.Length, await mount.GuardAsync(() => Posix.Files.ReadAt(open, kept, 0).Value));
        Assert.Equal(before, kept[..before.Length]);
    }

    [IoUringFact]
    public async Task A_driver_that_was_killed_is_followed_by_another()
    {
        await using TestMount mount = await TestMount.StartAsync(Setup);
        Assert.Equal(Content, await mount.ReadFileAsync("large"));

        await mount.KillDriverAsync();
        await mount.MountAsync();

        Assert.Equal(Content, await mount.ReadFileAsync("large"));
    }

    private static void Fill(string origin)
    {
        File.WriteAllBytes($"{origin}/large", Content);
        Directory.CreateDirectory($"{origin}/sub");
        for (int i = 0; i < Files; i++)
            File.WriteAllBytes($"{origin}/sub/{i}", Pattern.Bytes(100 + i));
    }
}
