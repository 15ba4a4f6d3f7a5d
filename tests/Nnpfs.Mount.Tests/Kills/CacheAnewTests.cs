using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Kills;

/// <summary>arlad comes back with a cache that knows nothing of what a mount that lives was told.</summary>
public sealed class CacheAnewTests
{
    private static readonly byte[] Content = Pattern.Bytes(700_000);

    [MountTheory]
    [Claim("S17")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_mount_goes_on_when_the_index_was_damaged_or_the_cache_removed(bool removed)
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin =>
            {
                Directory.CreateDirectory($"{origin}/dir/deep");
                File.WriteAllBytes($"{origin}/dir/deep/f", Content);
            },
            Settings = "grace = 1s",
        });
        using SafeFd root = (await mount.GuardAsync(() => Files.Open(mount.Root, OpenModes.ReadOnly))).Value;
        for (int times = 0; times < 2; times++)
        {
            Assert.Equal(Content, await mount.ReadFileAsync("dir/deep/f"));
            await mount.Arlad.KillAsync();
            File.WriteAllBytes($"{mount.Origin}/dir/new{times}", Content);
            if (removed)
                Remove(mount.Arlad.Cache);
            else
                Damage(mount.Arlad.Cache);
            await mount.Arlad.RestartAsync();
            await BackAsync(mount); // until then, what was cached is served

            Assert.Equal(Content, await mount.ReadFileAsync("dir/deep/f"));
            Assert.Equal(Content, await mount.ReadFileAsync($"dir/new{times}"));
            Assert.Equal(["dir"], (await mount.ListAsync()).Value);
            Assert.Equal(["deep", .. Enumerable.Range(0, times + 1).Select(i => $"new{i}")], (await mount.ListAsync("dir")).Value.Order());
        }
        Assert.Equal(["dir"], await mount.GuardAsync(() => NamesIn(root)));
        Assert.Equal(removed ? 0 : 2, Directory.GetFiles(mount.Arlad.Cache, "index.db.damaged-*").Count(file => !file.Contains("-wal", StringComparison.Ordinal)));
    }

    [MountFact]
    public async Task What_waits_at_the_root_while_the_cache_is_begun_anew_goes_on()
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = origin => File.WriteAllBytes($"{origin}/f", Content),
            Settings = "grace = 1s",
        });
        await mount.Arlad.KillAsync();
        Task<byte[]> read = mount.ReadFileAsync("f");
        await Task.Delay(200); // it waits for arlad: nothing of the file is here
        Damage(mount.Arlad.Cache);
        await mount.Arlad.RestartAsync();

        Assert.Equal(Content, await read);
    }

    private static List<string> NamesIn(SafeFd directory)
    {
        List<string> names = [];
        Assert.Equal((Errno)0, Directories.List(directory, (name, _) => names.Add(System.Text.Encoding.UTF8.GetString(name))));
        return names;
    }

    private static Task BackAsync(TestMount mount) => Patience.UntilAsync(
        async () => (await mount.Arlad.CommandAsync("status")).Contains(mount.Root, StringComparison.Ordinal), "the mount is back");

    // With the log beside it, from which SQLite would mend it.
    private static void Damage(string cache)
    {
        foreach (string file in Directory.GetFiles(cache, "index.db*"))
            File.WriteAllBytes(file, Pattern.Bytes(50_000));
    }

    private static void Remove(string cache)
    {
        Directory.Delete(cache, recursive: true);
        Directory.CreateDirectory(cache);
    }
}
