using Google.Protobuf;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>Whatever a driver sends, arlad goes on, and other mounts do not notice.</summary>
public sealed class HostileDriverTests
{
    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public async Task A_call_with_an_impossible_name_is_EPROTO(string name)
    {
        await using var rig = new ServiceRig();
        ScriptedDriver driver = rig.Mount();

        Assert.Equal(Errno.EPROTO, driver.Lookup(driver.Root().Id, name).Errno);
        Assert.NotNull(driver.Root());
    }

    [Fact]
    public async Task A_call_about_a_node_that_never_was_is_ESTALE()
    {
        await using var rig = new ServiceRig();
        ScriptedDriver driver = rig.Mount();

        Assert.Equal(Errno.ESTALE, driver.Lookup(12345, "a").Errno);
        Assert.Equal(Errno.ESTALE, driver.Call(new Envelope { GetAttr = new() { Node = ulong.MaxValue } }).Errno);
        Assert.Equal(Errno.ESTALE, driver.Data(new Node { Id = 99, Version = 1 }).Errno);
        Assert.Equal(Errno.EPROTO, driver.Data(driver.Root(), ulong.MaxValue, 2).Errno);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_message_that_no_driver_sends_there_closes_its_channel_alone(int which)
    {
        await using var rig = new ServiceRig();
        ScriptedDriver good = rig.Mount(), bad = which == 0 ? rig.Connect() : rig.Mount();
        bad.Send(which switch
        {
            0 => new Envelope { Sequence = 1, GetRoot = new() }, // before the greeting
            1 => new Envelope { Hello = new() { Volume = "v" } }, // a second one
            2 => new Envelope { Wakeup = new() }, // the daemon's own
            _ => new Envelope { GetRoot = new() }, // a call without a number
        });

        Assert.True(bad.WaitForEnd());
        Assert.NotNull(good.Root());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_packets_end_nothing_but_their_own_channel(int seed)
    {
        await using var rig = new ServiceRig(origin => origin["a"] = [1]);
        ScriptedDriver good = rig.Mount();
        var random = new Random(Fuzz.SeedOf(seed));
        for (int connection = Fuzz.Times(8); connection > 0; connection--)
        {
            ScriptedDriver bad = rig.Mount();
            for (int i = 0; i < 40; i++)
                bad.Send(random.Next(3) == 0 ? Noise(random) : Plausible(random).ToByteArray());
            bad.Dispose();
        }

        Assert.Equal(1ul, good.File("a").Attributes.Size);
    }

    private static byte[] Noise(Random random)
    {
        byte[] noise = new byte[random.Next(1, 300)];
        random.NextBytes(noise);
        return noise;
    }

    private static Envelope Plausible(Random random)
    {
        ulong Any() => random.Next(4) switch { 0 => 0, 1 => ulong.MaxValue, 2 => (ulong)random.Next(10), _ => (ulong)random.NextInt64() };
        var envelope = new Envelope { Sequence = Any() };
        switch (random.Next(10))
        {
            case 0: envelope.GetNode = new() { Parent = Any(), Name = ByteString.CopyFrom(Noise(random)) }; break;
            case 1: envelope.GetAttr = new() { Node = Any() }; break;
            case 2: envelope.GetData = new() { Node = Any(), Version = Any(), Offset = Any(), Length = Any(), Stream = Any() }; break;
            case 3: envelope.OpenBlock = new() { Node = Any(), Version = Any(), Block = Any(), Generation = Any() }; break;
            case 4: envelope.GetXattr = new() { Node = Any(), Name = ByteString.CopyFrom(Noise(random)) }; break;
            case 5: envelope.Ahead = new() { Node = Any(), Version = Any(), Offset = Any(), Stream = Any() }; break;
            case 6: envelope.Accessed = new() { Nodes = { Any(), Any() } }; break;
            case 7: envelope.Inactive = new() { Nodes = { Any(), Any() } }; break;
            case 8: envelope.Closed = new() { Node = Any(), Version = Any(), Stream = Any() }; break;
            default: envelope.Cancel = new() { Sequence = Any() }; break;
        }
        return envelope;
    }
}
