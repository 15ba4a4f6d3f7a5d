using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Channel;

/// <summary>A walk through a directory that nobody has used before, its files read, changed, invalidated, read and listed again.</summary>
/// <remarks>One run of it costs about the same messages as any other.</remarks>
internal sealed class WalkScenario(TestMount mount)
{
    public const string VolumeSettings = "max-watches = 0\nblock-size = 256K\nrefresh = 1h";

    private static readonly byte[] Large = Pattern.Bytes(700_000), Small = Pattern.Bytes(3000), Changed = Pattern.Bytes(5000)[1..];

    /// <summary>Makes the directory of one run at the origin.</summary>
    public static void Fill(string origin, int run)
    {
        Directory.CreateDirectory($"{origin}/{run}/sub");
        File.WriteAllBytes($"{origin}/{run}/large", Large);
        File.WriteAllBytes($"{origin}/{run}/small", Small);
        File.WriteAllBytes($"{origin}/{run}/going", Small);
        File.WriteAllBytes($"{origin}/{run}/sub/deep", Small);
        File.CreateSymbolicLink($"{origin}/{run}/link", "sub/deep");
    }

    /// <param name="run">its directory, which it uses up</param>
    public async Task RunAsync(int run)
    {
        await WalkAsync($"{run}");
        await ReadAsync($"{run}");
        Change($"{mount.Origin}/{run}");
        await mount.InvalidateAsync($"{run}", recursive: true);
        await SeeChangeAsync($"{run}");
    }

    private async Task WalkAsync(string top)
    {
        Assert.Equal(["going", "large", "link", "small", "sub"], (await mount.ListAsync(top)).Value);
        Assert.Equal(["deep"], (await mount.ListAsync($"{top}/sub")).Value);
        Assert.Equal(Large.Length, (await mount.StatAsync($"{top}/large")).Value.st_size);
        Assert.Equal("sub/deep", (await mount.ReadLinkAsync($"{top}/link")).Value);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync($"{top}/coming")).Errno);
    }

    private async Task ReadAsync(string top)
    {
        Assert.Equal(Large, await mount.ReadFileAsync($"{top}/large"));
        Assert.Equal(Small, await mount.ReadFileAsync($"{top}/small"));
        Assert.Equal(Small, await mount.ReadFileAsync($"{top}/going"));
        Assert.Equal(Small, await mount.ReadFileAsync($"{top}/link"));
    }

    private static void Change(string top)
    {
        File.WriteAllBytes($"{top}/new", Changed);
        File.Move($"{top}/new", $"{top}/small", overwrite: true);
        File.Move($"{top}/going", $"{top}/coming");
    }

    private async Task SeeChangeAsync(string top)
    {
        Assert.Equal(Changed, await mount.ReadFileAsync($"{top}/small"));
        Assert.Equal(["coming", "large", "link", "small", "sub"], (await mount.ListAsync(top)).Value);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync($"{top}/going")).Errno);
        Assert.Equal(Small, await mount.ReadFileAsync($"{top}/coming"));
        Assert.Equal(Large, await mount.ReadFileAsync($"{top}/large"));
    }
}
