using Google.Protobuf;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Driver;

/// <summary>Whatever comes from the other end of the channel, the driver goes on.</summary>
public sealed class HostileDaemonTests
{
    private static readonly byte[] Content = ReadingTests.Pattern(100_000);

    [Theory]
    [Claim("S26")]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_messages_end_at_most_their_connection_and_what_is_read_is_right(int seed)
    {
        seed = Fuzz.SeedOf(seed);
        var random = new Random(seed);
        await using FakeKernel kernel = await FakeKernel.StartAsync(daemon => daemon.Add(daemon.Root, "f", Kind.File, Content));
        for (int burst = Fuzz.Times(15); burst > 0; burst--)
        {
            await FakeKernel.Eventually(() => kernel.Volume.Parts.Channel.IsConnected, $"seed {seed}: the driver is back");
            for (int i = 0; i < 20; i++)
                kernel.Daemon.Send(Any(random));
            (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
            int offset = random.Next(Content.Length - 100);
            Result<byte[]> read = await kernel.ReadAsync(node, file, offset, 100);
            Assert.True(read.IsOk && read.Value.AsSpan().SequenceEqual(Content.AsSpan(offset, 100)), $"seed {seed}: {read}");
        }
        Assert.True(kernel.Volume.Parts.Counters.BadMessages > 0);
    }

    /// <summary>Of nodes that the driver does not have: of those it has, arlad is believed.</summary>
    private static Envelope Any(Random random)
    {
        ulong Number() => random.Next(3) switch { 0 => 0, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64(1000, long.MaxValue) };
        ByteString Bytes()
        {
            byte[] bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            return ByteString.CopyFrom(bytes);
        }
        Proto.Channel.Node? Node() => random.Next(4) == 0 ? null : new()
        {
            Id = Number(),
            Version = Number(),
            ValidMs = Number(),
            Target = Bytes(),
            Attributes = random.Next(4) == 0 ? null
                : new() { Kind = (Kind)random.Next(9), Permissions = (uint)random.Next(0x2000), Size = Number(), MtimeNs = random.NextInt64() },
        };
        var envelope = new Envelope { Sequence = Number() };
        switch (random.Next(11))
        {
            case 0: envelope.InstallNode = new() { Parent = Number(), Name = Bytes(), Node = Node(), ValidMs = Number() }; break;
            case 1: envelope.InstallAttr = new() { Node = Node() }; break;
            case 2: envelope.InstallData = new() { Node = Number(), Version = Number(), Size = Number(), Stream = Number(), Mark = Number(), Blocks = { new BlockMap { Block = Number(), Generation = Number(), Map = Number() } } }; break;
            case 3: envelope.InstallBlock = new() { Node = Number(), Version = Number(), Block = Number(), Generation = Number() }; break;
            case 4: envelope.InstallXattr = new() { Node = Number(), Name = Bytes(), Value = Bytes() }; break;
            case 5: envelope.InstallStatFs = new() { TotalBytes = Number(), FreeBytes = Number(), TotalNodes = Number(), FreeNodes = Number() }; break;
            case 6: envelope.Invalidate = new() { Ticket = Number(), Epoch = Number(), Volume = random.Next(2) == 0, Nodes = { Number() }, Subtrees = { Number() } }; break;
            case 7: envelope.Reclaim = new() { Blocks = { new ReclaimedBlock { Node = Number(), Version = Number(), Block = Number(), Generation = Number() } } }; break;
            case 8: envelope.Wakeup = new() { Errno = (uint)random.Next(), Reason = "noise" }; break;
            case 9: envelope.Forget = new() { Directories = { Number() } }; break;
            default: envelope.Welcome = new() { Version = 1, BlockSize = (uint)random.Next() }; break;
        }
        return envelope;
    }
}
