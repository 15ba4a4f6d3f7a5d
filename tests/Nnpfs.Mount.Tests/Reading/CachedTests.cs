using System.Runtime.InteropServices;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>What is here already costs nothing, and needs nobody.</summary>
public sealed class CachedTests
{
    private static readonly byte[] Content = Pattern.Bytes(3_000_000);

    [Claim("S2")]
    [Claim("S3")]
    [MountTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_second_read_sends_no_message_and_takes_no_byte_from_the_origin(bool passthrough)
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin => File.WriteAllBytes($"{origin}/file", Content),
            Options = passthrough ? "" : "passthrough=off",
        });
        await mount.ListAsync();
        await mount.ReadFileAsync("file");
        DriverCounters first = await mount.CountersAsync();
        double fetched = await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total");

        mount.DropKernelCache();
        Assert.Equal(Content, await mount.ReadFileAsync("file"));

        DriverCounters second = await mount.CountersAsync();
        Assert.True(first.Asked == second.Asked, $"{first}\n{second}");
        Assert.True(passthrough ? second.PassthroughOpens > first.PassthroughOpens : second.Hits > first.Hits, $"{first}\n{second}");
        Assert.Equal(fetched, await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total"));
        Assert.True(fetched >= Content.Length);
    }

    [Claim("S3")]
    [MountFact]
    public async Task Cached_reads_that_reach_the_driver_allocate_nothing_there_and_send_no_message()
    {
        const int Reads = 20_000, LeastObject = 24; // bytes
        await using TestMount mount = await TestMount.StartAsync(
            new() { Fill = origin => File.WriteAllBytes($"{origin}/file", Content), Options = "passthrough=off" });
        await mount.ReadFileAsync("file");
        await ReadDirectlyAsync(mount, 2000); // what is made once is made
        DriverCounters first = await mount.CountersAsync();
        await ReadDirectlyAsync(mount, Reads);
        DriverCounters second = await mount.CountersAsync();

        Assert.True(second.Hits - first.Hits >= Reads, $"{first}\n{second}");
        Assert.True(first.Asked == second.Asked, $"{first}\n{second}");
        Assert.InRange(second.AllocatedBytes - first.AllocatedBytes, 0, Reads * LeastObject / 4); // opening, timers, and this question
    }

    [Claim("S2")]
    [MountFact]
    public async Task A_listed_directory_is_listed_and_looked_up_in_again_without_a_message()
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin =>
            {
                for (int i = 0; i < 50; i++)
                    File.WriteAllText($"{Directory.CreateDirectory($"{origin}/sub").FullName}/{i}", "x");
            },
        });
        await mount.ListAsync();
        await mount.ListAsync("sub");
        DriverCounters first = await mount.CountersAsync();

        mount.DropKernelCache();
        Assert.Equal(50, (await mount.ListAsync("sub")).Value.Length);
        for (int i = 0; i < 50; i++)
            Assert.Equal(1, (await mount.StatAsync($"sub/{i}")).Value.st_size);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync("sub/none")).Errno);

        DriverCounters second = await mount.CountersAsync();
        Assert.True(first.Asked == second.Asked, $"{first}\n{second}");
    }

    [Claim("S4")]
    [MountFact]
    public async Task What_is_whole_reads_without_arlad_and_origin()
    {
        await using var server = new FaultServer();
        server.Files["sub/file"] = new(Content, "\"one\"");
        server.Files["sub/other"] = new([1, 2, 3], "\"two\"");
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = server.Url });
        await mount.ListAsync("sub");
        await mount.ReadFileAsync("sub/file");
        await mount.StatAsync("sub/other"); // its size is not in the listing

        await server.DisposeAsync();
        await mount.Arlad.StopAsync();
        mount.DropKernelCache();

        Assert.Equal(Content, await mount.ReadFileAsync("sub/file"));
        Assert.Equal(["file", "other"], (await mount.ListAsync("sub")).Value);
        Assert.Equal(3, (await mount.StatAsync("sub/other")).Value.st_size);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync("sub/none")).Errno);
    }

    [Claim("S4")]
    [MountFact]
    public async Task What_is_whole_reads_even_after_its_tokens_have_run_out()
    {
        await using var server = new FaultServer();
        server.Files["sub/file"] = new(Content, "\"one\"");
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = server.Url, VolumeSettings = "refresh = 1s", Options = "timeo=2" });
        await mount.ListAsync("sub");
        await mount.ReadFileAsync("sub/file");

        await server.DisposeAsync();
        await mount.Arlad.StopAsync();
        await Task.Delay(1200);
        mount.DropKernelCache();

        Assert.Equal(Content, await mount.ReadFileAsync("sub/file"));
        Assert.Equal(["file"], (await mount.ListAsync("sub")).Value);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync("sub/none")).Errno);
    }

    [Claim("S4")]
    [MountFact]
    public async Task What_is_whole_reads_with_the_origin_gone_and_arlad_there()
    {
        await using var server = new FaultServer();
        server.Files["sub/file"] = new(Content, "\"one\"");
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Origin = server.Url,
            VolumeSettings = "refresh = 1s\nretry = 1\nconnect-timeout = 1",
        });
        await mount.ListAsync("sub");
        await mount.ReadFileAsync("sub/file");

        await server.DisposeAsync();
        await Task.Delay(1200);
        mount.DropKernelCache();

        Assert.Equal(Content, await mount.ReadFileAsync("sub/file"));
        Assert.Equal(["file"], (await mount.ListAsync("sub")).Value);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync("sub/none")).Errno);
    }

    /// <summary>Reads past the kernel's cache: each is a request.</summary>
    private static Task<int> ReadDirectlyAsync(TestMount mount, int reads) => mount.GuardAsync(() =>
    {
        int direct = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000; // O_DIRECT
        using SafeFd file = Files.Open(mount.At("file"), OpenModes.ReadOnly | (OpenModes)direct).Value;
        byte[] page = new byte[4096];
        for (int i = 0; i < reads; i++)
            Assert.Equal(page.Length, Files.ReadAt(file, page, (long)(i % 700) * page.Length).Value);
        return reads;
    });
}
