using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;
using Xunit.Abstractions;

namespace Nnpfs.Fault.Tests.Channel;

/// <summary>The channel is cut after any number of messages, either way: the driver comes back, and nobody notices more than a pause.</summary>
/// <remarks>A run takes every sixth cut from a first one by chance, which it prints; NNPFS_FUZZ=1 takes them all.</remarks>
public sealed class CutChannelTests(ITestOutputHelper output)
{
    private const int Stride = 6;
    private static readonly ChannelDirection[] Directions = Enum.GetValues<ChannelDirection>();

    [MountFact]
    [Claim("S18")]
    public async Task A_channel_cut_after_any_message_costs_no_byte_and_no_name_and_leaves_nothing()
    {
        using var scratch = new Scratch();
        await using TestArlad arlad = await StartArladAsync(scratch, runs: 200);
        await using var relay = new CuttingRelay(scratch.Path("relay"), arlad.Channel);
        await using TestMount mount = await TestMount.StartAsync(arlad, options: $"channel={relay.Path}");
        var scenario = new WalkScenario(mount);
        int run = 0;
        int[] messages = await CountAsync(relay, scenario, run++);
        ChannelHoldings quiet = await ChannelHoldings.SettleAsync(mount, relay);

        int stride = Fuzz.IsLong ? 1 : Stride, first = Random.Shared.Next(1, stride + 1);
        output.WriteLine($"{messages[0]} messages to arlad, {messages[1]} to the driver; cuts after the {first}th and on");
        foreach (ChannelDirection direction in Directions)
        {
            int after = first, most = messages[(int)direction];
            while (await IsCutAsync(new(direction, after)))
                after += stride;
            Assert.True(after > most * 3 / 4, $"no cut after {after} messages {direction}, of {most}");
        }

        // false: the scenario had come to its end before
        async Task<bool> IsCutAsync(ChannelCut cut)
        {
            int cuts = relay.Cuts;
            relay.CutNext(cut);
            await relay.DropAsync();
            await TryAsync(() => scenario.RunAsync(run++), cut, mount);
            await TryAsync(() => quiet.SettleAgainAsync(mount, relay), cut, mount);
            return relay.Cuts > cuts;
        }
    }

    [MountTheory]
    [Claim("S18")]
    [InlineData(ChannelDirection.ToArlad, 1)]
    [InlineData(ChannelDirection.ToDriver, 1)]
    [InlineData(ChannelDirection.ToArlad, 2)]
    [InlineData(ChannelDirection.ToDriver, 2)]
    [InlineData(ChannelDirection.ToDriver, 3)]
    public async Task A_channel_cut_while_the_mount_begins_fails_it_with_a_reason_or_not_at_all(ChannelDirection direction, int after)
    {
        using var scratch = new Scratch();
        await using TestArlad arlad = await StartArladAsync(scratch, runs: 1);
        await using var relay = new CuttingRelay(scratch.Path("relay"), arlad.Channel);
        relay.CutNext(new(direction, after));
        try
        {
            await using TestMount mount = await TestMount.StartAsync(arlad, options: $"channel={relay.Path}");
            await new WalkScenario(mount).RunAsync(0);
        }
        catch (InvalidOperationException failed) when (failed.Message.StartsWith("nnpfs ended with", StringComparison.Ordinal))
        {
            Assert.Contains("arlad", failed.Message, StringComparison.Ordinal);
            Assert.Equal(1, direction == ChannelDirection.ToArlad ? after : 1); // once it is welcomed, a cut is survived
        }
        Assert.Equal(1, relay.Cuts);
        await Patience.UntilAsync(async () => await arlad.MetricAsync("nnpfs_mounts") == 0, "arlad lets the mount go");
    }

    /// <param name="scratch">gets the origin</param>
    /// <param name="runs">of the scenario, at most</param>
    private static Task<TestArlad> StartArladAsync(Scratch scratch, int runs)
    {
        string origin = scratch.Directory("origin");
        for (int run = 0; run < runs; run++)
            WalkScenario.Fill(origin, run);
        return TestArlad.StartAsync($"[volume {TestMount.Volume}]\norigin = {origin}\n{WalkScenario.VolumeSettings}", "", scratch);
    }

    /// <returns>by direction: the messages of one connection that the whole scenario takes</returns>
    private static async Task<int[]> CountAsync(CuttingRelay relay, WalkScenario scenario, int run)
    {
        await relay.DropAsync();
        await scenario.RunAsync(run);
        return [.. Directions.Select(relay.Passed)];
    }

    private static async Task TryAsync(Func<Task> step, ChannelCut cut, TestMount mount)
    {
        try
        {
            await step();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"{cut}: {failure.Message}\nnnpfs:\n{mount.Driver.Output}\narlad:\n{mount.Arlad.Program.Output}", failure);
        }
    }
}
