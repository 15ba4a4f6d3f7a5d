using System.Text;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Mount.Tests.Control;

/// <summary>Invalidations around a restart of arlad, seen through a mount that lived on.</summary>
public sealed class ReturningArladTests
{
    private static readonly byte[] Old = Encoding.UTF8.GetBytes("old content"), New = Encoding.UTF8.GetBytes("new content, and longer");

    [MountFact]
    public async Task What_an_invalidation_right_after_a_restart_took_back_is_new_at_the_next_open()
    {
        // A day of trust: without the invalidation nobody would ask.
        using WebServer site = await Nginx.StartAsync();
        site.Write("a", Old);
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = site.Url, VolumeSettings = "refresh = 24h" });
        Assert.Equal(Old, await mount.ReadFileAsync("a"));

        await mount.Arlad.KillAsync();
        site.Write("a", New, DateTime.UtcNow.AddMinutes(-30));
        await mount.Arlad.RestartAsync();
        await mount.InvalidateAsync("a");

        Assert.Equal(New, await mount.ReadFileAsync("a"));
    }

    [MountFact]
    public async Task Nobody_waits_for_a_mount_that_was_unmounted()
    {
        await using TestMount mount = await TestMount.StartAsync(
            new() { Fill = origin => File.WriteAllBytes($"{origin}/a", Old), Settings = "grace = 10m" });
        await mount.ReadFileAsync("a");
        await mount.UnmountAsync();

        await mount.InvalidateAsync("a"); // would last as long as the grace time
        await mount.Arlad.RestartAsync();
        await mount.InvalidateAsync("a");
    }
}
