using System.Text.Json;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Kills;

/// <summary>kill -9 of either program, or of both, while somebody reads.</summary>
public sealed class KillTests
{
    private const int Size = 6_000_000;
    private const string Slow = "rate = 16M\nmax-ahead = 1M\nblock-size = 1M"; // kills fall into the middle of fetches
    private static readonly byte[] Content = Pattern.Bytes(Size);

    [MountTheory]
    [Claim("S17")]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task What_was_cached_before_a_kill_is_read_without_the_origin_after_it(bool arlad, bool driver)
    {
        await using TestMount mount = await StartAsync();
        Assert.Equal(Content, await mount.ReadFileAsync("f"));
        // What was fetched within the last second may be fetched again; how long a commit takes is the machine's matter.
        await Patience.UntilAsync(
            async () =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1.2));
                long before = arlad ? 0 : await OriginBytesAsync(mount);
                await KillAsync(mount, arlad, driver);
                Assert.Equal(Content, await mount.ReadFileAsync("f"));
                return await OriginBytesAsync(mount) == before;
            },
            "a kill after which nothing is fetched");
    }

    [MountFact]
    [Claim("S17")]
    [Claim("S18")]
    public async Task Readers_of_open_files_go_on_over_kills_of_arlad()
    {
        await using TestMount mount = await StartAsync(Slow);
        using SafeFd file = await OpenAsync(mount);
        Task[] readers = [.. Enumerable.Range(1, 4).Select(seed => ReadRandomlyAsync(mount, file, seed))];
        for (int i = 0; i < 3; i++)
        {
            await Task.Delay(50 * i);
            await KillAsync(mount, arlad: true, driver: false);
        }
        await Task.WhenAll(readers);
        Assert.Equal(Content, await mount.ReadFileAsync("f"));
    }

    [MountTheory]
    [Claim("S17")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_driver_killed_under_its_readers_leaves_a_cache_of_right_bytes(bool arlad)
    {
        await using TestMount mount = await StartAsync(Slow);
        using (SafeFd file = await OpenAsync(mount))
        {
            var buffer = new byte[Size];
            Task<Result<int>> reader = mount.GuardAsync(() => Files.ReadAt(file, buffer, 0));
            await Task.Delay(60);
            await KillAsync(mount, arlad, driver: true);
            if ((await reader).TryGet(out int count, out Errno errno))
                Assert.Equal(Content[..count], buffer[..count]); // what came before the kill
            else
                Assert.True(errno is Errno.ECONNABORTED or Errno.ENOTCONN or Errno.EIO, $"{errno}");
        }
        Assert.Equal(Content, await mount.ReadFileAsync("f"));
    }

    [MountFact]
    [Claim("S18")]
    public async Task Without_arlad_an_uncached_read_is_EIO_after_timeo_and_a_cached_one_is_not()
    {
        await using TestMount mount = await StartAsync("max-ahead = 0\nblock-size = 1M", "timeo=2");
        using SafeFd file = await OpenAsync(mount);
        var buffer = new byte[4096];
        Assert.Equal(4096, (await mount.GuardAsync(() => Files.ReadAt(file, buffer, 0))).Value);
        await mount.Arlad.KillAsync();

        long start = Environment.TickCount64;
        Result<int> read = await mount.GuardAsync(() => Files.ReadAt(file, buffer, Size - 4096));
        Assert.Equal(Errno.EIO, read.Errno);
        Assert.InRange(Environment.TickCount64 - start, 1500, 20_000);
        Assert.Equal(4096, (await mount.GuardAsync(() => Files.ReadAt(file, buffer, 0))).Value);
        Assert.Equal(Content[..4096], buffer);

        await mount.Arlad.RestartAsync();
        Assert.Equal(4096, (await mount.GuardAsync(() => Files.ReadAt(file, buffer, Size - 4096))).Value);
        Assert.Equal(Content[^4096..], buffer);
    }

    [MountFact]
    [Claim("S19")]
    public async Task A_driver_that_is_killed_costs_arlad_nothing_and_another_mount_does_not_notice()
    {
        await using TestMount one = await StartAsync(Slow);
        await using TestMount two = await TestMount.StartAsync(one.Arlad, name: "two");
        await two.StatAsync("f");
        await Patience.UntilAsync(async () => await MountsAsync(one) == 2, "both mounts");
        for (int i = 0; i < 3; i++)
        {
            using SafeFd dying = await OpenAsync(one);
            Task lost = one.GuardAsync(() => Files.ReadAt(dying, new byte[Size], 0));
            using SafeFd living = await OpenAsync(two);
            Task reader = ReadRandomlyAsync(two, living, i);
            await one.KillDriverAsync();
            await lost;
            await reader;
            await Patience.UntilAsync(async () => await MountsAsync(one) == 1, "arlad lets the dead mount go");
            await one.MountAsync();
        }
        Assert.False(one.Arlad.Program.HasExited);
        Assert.Equal(Content, await one.ReadFileAsync("f"));
    }

    private static Task<TestMount> StartAsync(string volume = "", string options = "") => TestMount.StartAsync(new()
    {
        Fill = origin => File.WriteAllBytes($"{origin}/f", Content),
        VolumeSettings = volume,
        Settings = "grace = 1s",
        Options = options,
    });

    private static async Task KillAsync(TestMount mount, bool arlad, bool driver)
    {
        if (arlad)
            await mount.Arlad.KillAsync();
        if (driver)
            await mount.KillDriverAsync();
        if (arlad)
            await mount.Arlad.RestartAsync();
        if (driver)
            await mount.MountAsync();
    }

    private static async Task<SafeFd> OpenAsync(TestMount mount) =>
        (await mount.GuardAsync(() => Files.Open(mount.At("f"), OpenModes.ReadOnly))).Value;

    private static Task<int> ReadRandomlyAsync(TestMount mount, SafeFd file, int seed) => mount.GuardAsync(() =>
    {
        var random = new Random(seed);
        var buffer = new byte[200_000];
        for (int i = 0; i < 60; i++)
        {
            int offset = random.Next(Size), length = random.Next(1, buffer.Length);
            int count = Files.ReadAt(file, buffer.AsSpan(0, length), offset).Value;
            Assert.Equal(Math.Min(length, Size - offset), count);
            Assert.True(buffer.AsSpan(0, count).SequenceEqual(Content.AsSpan(offset, count)), $"other bytes at {offset}");
        }
        return 0;
    });

    private static async Task<long> OriginBytesAsync(TestMount mount) =>
        JsonDocument.Parse(await mount.Arlad.CommandAsync("stats", "--json")).RootElement.GetProperty("origin_bytes").GetInt64();

    private static async Task<int> MountsAsync(TestMount mount) =>
        JsonDocument.Parse(await mount.Arlad.CommandAsync("stats", "--json")).RootElement.GetProperty("mounts").GetInt32();
}
