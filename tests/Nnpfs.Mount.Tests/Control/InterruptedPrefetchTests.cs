using System.Text.Json;
using Mono.Unix.Native;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Control;

/// <summary>A prefetch that its user ends in the middle.</summary>
public sealed class InterruptedPrefetchTests
{
    private const int Files = 8, Size = 2 << 20;

    [MountFact]
    public async Task What_an_interrupted_prefetch_fetched_is_served_and_the_mount_works_on()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = Fill, VolumeSettings = "rate = 2M\nretry = 1" });
        using ChildProgram prefetch = ChildProgram.Start("nnpfsctl", "--socket", mount.Arlad.Admin, "prefetch", mount.Root, "--json");
        await Patience.UntilAsync(async () => await CachedBytes(mount) > 0, "some of it is fetched");
        prefetch.Signal(Signum.SIGTERM);
        await prefetch.WaitForExitAsync();
        long cached = await CachedBytes(mount);

        Assert.Contains("stay", prefetch.Output, StringComparison.Ordinal);
        Assert.InRange(cached, 1, (Files * Size) - 1);
        Assert.Equal(Content(0), await mount.ReadFileAsync("file0"));
    }

    private static async Task<long> CachedBytes(TestMount mount) =>
        JsonDocument.Parse(await mount.Arlad.CommandAsync("volumes", "--json")).RootElement.GetProperty("volumes")[0].GetProperty("cached_bytes").GetInt64();

    private static void Fill(string origin)
    {
        for (int i = 0; i < Files; i++)
            File.WriteAllBytes($"{origin}/file{i}", Content(i));
    }

    private static byte[] Content(int i)
    {
        byte[] content = new byte[Size];
        new Random(i).NextBytes(content);
        return content;
    }
}
