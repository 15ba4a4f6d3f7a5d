using System.Text;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests;

/// <summary>Where the kernel gives arlad no watches, or too few, changes are known by asking again, and the log says so once.</summary>
/// <remarks>The limits are those of a user namespace of arlad's own: the machine's stay. SOURCE: inotify(7), namespaces(7).</remarks>
public sealed class WatchLimitTests
{
    [MountTheory]
    [InlineData("max_inotify_instances", 0)]
    [InlineData("max_inotify_watches", 1)]
    public async Task Without_watches_a_change_is_known_after_refresh_and_the_log_says_so_once(string limit, int value)
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            Fill = Fill,
            VolumeSettings = "refresh = 1s",
            Launcher = ["unshare", "--user", "--map-root-user", "sh", "-c", $"echo {value} >/proc/sys/user/{limit} && exec \"$0\" \"$@\""],
        });
        for (int directory = 0; directory < 5; directory++)
        {
            Assert.Equal("before"u8.ToArray(), await mount.ReadFileAsync($"{directory}/f"));
            await File.WriteAllTextAsync($"{mount.Origin}/{directory}/f", $"after {directory}");
        }
        for (int directory = 0; directory < 5; directory++)
        {
            byte[] after = Encoding.UTF8.GetBytes($"after {directory}");
            await Patience.UntilAsync(
                async () => await mount.TryReadFileAsync($"{directory}/f") is { IsOk: true } read && read.Value.AsSpan().SequenceEqual(after),
                "the change is seen");
        }

        Assert.Single(mount.Arlad.Program.Output.Split('\n'), line => line.Contains("WRN", StringComparison.Ordinal) && line.Contains("fs.inotify.", StringComparison.Ordinal));
    }

    private static void Fill(string origin)
    {
        for (int directory = 0; directory < 5; directory++)
        {
            Directory.CreateDirectory($"{origin}/{directory}");
            File.WriteAllText($"{origin}/{directory}/f", "before");
        }
    }
}
