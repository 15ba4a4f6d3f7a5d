using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Fault.Tests.Channel;

/// <summary>What both ends of a channel hold while nobody does anything: it must not grow with connections.</summary>
internal sealed record ChannelHoldings(double Mounts, double Waiters, double InFlight, int ArladSockets, int DriverSockets, int DriverDirectories)
{
    /// <summary>Waits until the mount is connected and nothing is under way, twice in a row the same.</summary>
    public static async Task<ChannelHoldings> SettleAsync(TestMount mount, CuttingRelay relay)
    {
        ChannelHoldings before = await ReadAsync(mount), now = before;
        await Patience.UntilAsync(
            async () =>
            {
                (before, now) = (now, await ReadAsync(mount));
                return now == before && now is { Mounts: 1, Waiters: 0, InFlight: 0 } && relay.Open == 1;
            },
            "the channel settles");
        return now;
    }

    /// <summary>Waits until it holds no more than this. Connections to arlad's admin socket end a moment after they are closed.</summary>
    public async Task SettleAgainAsync(TestMount mount, CuttingRelay relay)
    {
        ChannelHoldings now = this;
        try
        {
            await Patience.UntilAsync(async () => (now = await ReadAsync(mount)) == this && relay.Open == 1, "as it was");
        }
        catch (TimeoutException)
        {
            Assert.Equal(this, now);
            throw;
        }
    }

    private static async Task<ChannelHoldings> ReadAsync(TestMount mount) => new(
        await mount.Arlad.MetricAsync("nnpfs_mounts"),
        await mount.Arlad.MetricAsync("nnpfs_waiters"),
        await mount.Arlad.MetricAsync("nnpfs_origin_requests_in_flight"),
        mount.Arlad.Program.OpenFiles().Count(IsSocket),
        mount.Driver.OpenFiles().Count(IsSocket),
        mount.Driver.OpenFiles().Count(file => file.StartsWith(mount.Arlad.Cache, StringComparison.Ordinal) && Directory.Exists(file)));

    private static bool IsSocket(string file) => file.StartsWith("socket:", StringComparison.Ordinal);
}
