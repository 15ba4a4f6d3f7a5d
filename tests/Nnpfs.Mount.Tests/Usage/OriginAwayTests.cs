using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>Mounting a volume while its origin is away: refused, with the reason, when it was never seen; else what is cached is there.</summary>
[Claim("S30")]
public sealed class OriginAwayTests
{
    private static readonly byte[] Content = Pattern.Bytes(300_000);

    [MountFact]
    public async Task A_volume_that_was_never_seen_is_not_mounted_while_its_origin_is_silent()
    {
        await using var server = new FaultServer { Alter = (_, reply) => reply with { StallAfter = -1 } };
        await using TestArlad arlad = await TestArlad.StartAsync($"[volume test]\norigin = {server.Url}\ntimeout = 1\nretry = 1\n");
        string mountPoint = arlad.Scratch.Directory("mnt");

        (int status, string output) = await ChildProgram.RunAsync(
            "nnpfs", "mount", "test", mountPoint, "-o", $"channel={arlad.Channel},log={arlad.Scratch.Path("log")}");

        Assert.True(status == 32, output);
        Assert.Contains($"its origin {server.Url} does not answer in time (ETIMEDOUT)", output, StringComparison.Ordinal);
        Assert.False(MountTable.IsMounted(mountPoint));
    }

    [MountTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_volume_that_was_seen_is_mounted_without_its_origin_and_shows_what_is_cached(bool arladRestarts)
    {
        var server = new FaultServer();
        server.Files["file"] = new(Content, "\"one\"");
        server.Files["other"] = new(Content, "\"two\"");
        // Nothing that the origin said holds any more when it is away.
        await using TestMount mount = await TestMount.StartAsync(
            new() { Origin = server.Url, VolumeSettings = "refresh = 1ms\nretry = 1\nconnect-timeout = 1" });
        Assert.Equal(Content, await mount.ReadFileAsync("file"));
        await mount.ListAsync("");
        await mount.UnmountAsync();
        await server.DisposeAsync();
        if (arladRestarts)
            await mount.Arlad.RestartAsync();

        await mount.MountAsync();

        Assert.Equal(Content, await mount.ReadFileAsync("file"));
        Assert.Equal(["file", "other"], (await mount.ListAsync("")).Value.Order(StringComparer.Ordinal));
        Assert.Equal(Errno.EHOSTUNREACH, (await mount.TryReadFileAsync("other")).Errno);
    }
}
