using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Handlers;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Driver;

public sealed class ChannelTests
{
    private static readonly byte[] Content = ReadingTests.Pattern(100_000);

    [Fact]
    [Claim("S18")]
    public async Task What_waits_while_arlad_dies_is_asked_for_again_and_goes_on()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(File);
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        kernel.Daemon.Intercept = e => e.BodyCase == Envelope.BodyOneofCase.GetData;
        Task<Result<byte[]>> inFlight = kernel.ReadAsync(node, file, 0, 100);
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.GetData) == 1, "the call arrives");
        kernel.Daemon.IsUp = false;
        kernel.Daemon.Cut();
        await FakeKernel.Eventually(() => !kernel.Volume.Parts.Channel.IsConnected, "the driver notices");
        Task<Result<byte[]>> later = kernel.ReadAsync(node, file, 50_000, 100);
        Assert.False(inFlight.IsCompleted || later.IsCompleted);

        kernel.Daemon.Intercept = null;
        kernel.Daemon.IsUp = true;
        Assert.Equal(Content[..100], (await inFlight).Value);
        Assert.Equal(Content[50_000..50_100], (await later).Value);
        Assert.Equal(kernel.Daemon.Last(Envelope.BodyOneofCase.Hello).Hello.Mount, kernel.Volume.Parts.Channel.MountId);
    }

    [Fact]
    [Claim("S4")]
    public async Task While_arlad_is_away_what_is_here_is_served_even_when_its_token_has_expired()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(d =>
        {
            File(d);
            d.ValidMs = 30;
        });
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        await kernel.ReadAsync(node, file, 0, Content.Length);
        await kernel.ListAsync(1);
        kernel.Daemon.IsUp = false;
        kernel.Daemon.Cut();
        await FakeKernel.Eventually(() => !kernel.Volume.Parts.Channel.IsConnected, "the driver notices");
        await Task.Delay(40);

        Assert.Equal(Content, (await kernel.ReadAsync(node, (await kernel.OpenAsync(node)).Value, 0, Content.Length)).Value);
        Assert.Equal(node, (await kernel.LookupAsync(1, "f")).Value.Node);
        Assert.Equal(0ul, (await kernel.LookupAsync(1, "absent")).Value.Node);
        Assert.Equal((ulong)Content.Length, (await kernel.GetAttrAsync(node)).Value.Attr.Size);
        Assert.Equal(3, (await kernel.ListAsync(1)).Count);
    }

    [Fact]
    [Claim("S18")]
    public async Task Without_a_sign_of_life_who_waits_gets_EIO()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(File, TimeSpan.FromMilliseconds(400));
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        kernel.Daemon.Intercept = _ => true; // frozen: connected, and answers nothing
        Assert.Equal(Errno.EIO, (await kernel.ReadAsync(node, file, 0, 100)).Errno);
        Assert.StartsWith("EIO", await kernel.XattrAsync(node, "user.nnpfs.last-error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slow_origin_is_not_taken_for_a_dead_arlad()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(File, TimeSpan.FromMilliseconds(400));
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        Envelope? slow = null;
        kernel.Daemon.Intercept = e => e.BodyCase == Envelope.BodyOneofCase.GetData && (slow = e) is not null;
        Task<Result<byte[]>> read = kernel.ReadAsync(node, file, 0, 100);
        await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.GetRoot) >= 8, "arlad is asked whether it lives");
        Assert.False(read.IsCompleted);
        kernel.Daemon.Answer(slow!);
        Assert.Equal(Content[..100], (await read).Value);
    }

    [Fact]
    public async Task Another_epoch_voids_every_token_and_keeps_every_block()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(File);
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        await kernel.ReadAsync(node, file, 0, 100);
        kernel.Daemon.Epoch++;
        kernel.Daemon.Cut();
        await FakeKernel.Eventually(() => kernel.Volume.Parts.Counters.Connections == 2, "the driver is back");
        Assert.Equal(kernel.Daemon.Epoch - 1, kernel.Daemon.Last(Envelope.BodyOneofCase.Hello).Hello.Epoch);
        int asked = kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr), data = kernel.Daemon.Count(Envelope.BodyOneofCase.GetData);
        await kernel.GetAttrAsync(node);
        Assert.Equal(asked + 1, kernel.Daemon.Count(Envelope.BodyOneofCase.GetAttr));
        await FakeKernel.Eventually(() => kernel.Notified.Contains($"node {node} -1"), "the kernel is told");
        Assert.True((await kernel.ReadAsync(node, file, 0, 100)).IsOk);
        Assert.Equal(data, kernel.Daemon.Count(Envelope.BodyOneofCase.GetData));
    }

    [Fact]
    public async Task Of_calls_that_nobody_waits_for_any_more_nothing_is_kept_while_arlad_is_away()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(File);
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        kernel.Daemon.IsUp = false;
        kernel.Daemon.Cut();
        await FakeKernel.Eventually(() => !kernel.Volume.Parts.Channel.IsConnected, "the driver notices");
        for (int i = 0; i < 10; i++)
        {
            Request request = kernel.NewRequest();
            Task<Result<byte[]>> read = kernel.ReadAsync(node, file, 0, 100, request);
            request.TryInterrupt(1);
            Assert.Equal(Errno.EINTR, (await read).Errno);
        }

        Assert.Equal(0, kernel.Volume.Parts.Channel.Waiting);
    }

    [Fact]
    public async Task No_more_calls_are_in_flight_than_arlad_allows_and_all_are_answered()
    {
        var waiting = new List<Envelope>();
        await using FakeKernel kernel = await FakeKernel.StartAsync(d =>
        {
            File(d);
            d.MaxWaiting = 2;
        });
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        kernel.Daemon.Intercept = e =>
        {
            lock (waiting)
            {
                if (e.BodyCase == Envelope.BodyOneofCase.GetData)
                    waiting.Add(e);
            }
            return e.BodyCase == Envelope.BodyOneofCase.GetData;
        };
        Task<Result<byte[]>>[] reads = [.. Enumerable.Range(0, 10).Select(i => kernel.ReadAsync(node, file, i * 10_000, 10))];
        for (int answered = 0; answered < 10; answered++)
        {
            await FakeKernel.Eventually(() => kernel.Daemon.Count(Envelope.BodyOneofCase.GetData) == Math.Min(answered + 2, 10), "two in flight");
            Envelope next;
            lock (waiting)
                next = waiting[answered];
            kernel.Daemon.Answer(next);
        }
        await Task.WhenAll(reads);
        Assert.All(reads, read => Assert.True(read.Result.IsOk));
    }

    public static TheoryData<string, Envelope> HostileMessages => new()
    {
        { "a page beyond the size", Data(new BlockMap { Block = 0, Generation = 1, Map = 1ul << 63 }) },
        { "a block beyond the size", Data(new BlockMap { Block = 9, Generation = 1, Map = 1 }) },
        { "a huge block number", Data(new BlockMap { Block = ulong.MaxValue, Generation = 1, Map = 1 }) },
        { "a size beyond all", new Envelope { InstallData = new InstallData { Node = 2, Version = 1, Size = ulong.MaxValue } } },
        { "node zero", new Envelope { InstallAttr = new InstallAttr { Node = new Proto.Channel.Node { Attributes = new Attributes { Kind = Kind.File } } } } },
        { "no node", new Envelope { InstallAttr = new InstallAttr() } },
        { "an unknown kind", Attr(new Attributes { Kind = (Kind)99 }) },
        { "permissions that are more", Attr(new Attributes { Kind = Kind.File, Permissions = 0xFFFF }) },
        { "a name with a slash", new Envelope { InstallNode = new InstallNode { Parent = 1, Name = Google.Protobuf.ByteString.CopyFromUtf8("a/b") } } },
        { "a second welcome", new Envelope { Welcome = new Welcome { Version = 1 } } },
        { "a message of the driver's", new Envelope { GetRoot = new GetRoot() } },
    };

    [Theory]
    [Claim("S26")]
    [MemberData(nameof(HostileMessages), DisableDiscoveryEnumeration = true)]
    public async Task A_message_that_cannot_be_closes_the_channel_and_the_driver_comes_back(string what, Envelope message)
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(File);
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        kernel.Daemon.Send(message);
        await FakeKernel.Eventually(() => kernel.Volume.Parts.Counters.Connections == 2, what);
        Assert.Equal(Content[..100], (await kernel.ReadAsync(node, file, 0, 100)).Value);
        Assert.Equal(1, kernel.Volume.Parts.Counters.BadMessages);
    }

    [Fact]
    public async Task Installs_of_unknown_nodes_odd_wakeups_and_wrong_sizes_are_shrugged_off()
    {
        await using FakeKernel kernel = await FakeKernel.StartAsync(File);
        (ulong node, ulong file) = await ReadingTests.OpenAsync(kernel);
        kernel.Daemon.Send(new Envelope { InstallData = new InstallData { Node = 999, Version = 1, Size = 10, Blocks = { new BlockMap { Generation = 1, Map = 1 } } } });
        kernel.Daemon.Send(new Envelope { InstallData = new InstallData { Node = kernel.Daemon.Root.Children["f"].Id, Version = 1, Size = 10, Blocks = { new BlockMap { Generation = 1, Map = 1 } } } });
        kernel.Daemon.Send(new Envelope { Reclaim = new Reclaim { Blocks = { new ReclaimedBlock { Node = 2, Version = 1, Block = ulong.MaxValue } } } });
        kernel.Daemon.Wake(12345);
        Assert.Equal(Content, (await kernel.ReadAsync(node, file, 0, 200_000)).Value);
        Assert.Equal(1, kernel.Volume.Parts.Counters.Connections);
    }

    [Fact]
    public async Task A_refusal_says_why_and_nobody_listening_is_told_apart()
    {
        using var daemon = new FakeDaemon();
        daemon.Intercept = hello =>
        {
            daemon.Send(new Envelope { Wakeup = new Wakeup { Errno = (uint)Errno.ENOENT, Reason = "no volume of this name" } });
            return true;
        };
        var options = new ChannelOptions { SocketPath = "", Volume = "v", MountPoint = "/m" };
        (MountedVolume? volume, ConnectFailure? failure) = await MountedVolume.ConnectAsync(
            options, TimeProvider.System, NullLogger.Instance, daemon.Connect, CancellationToken.None);
        Assert.Null(volume);
        Assert.Equal(new ConnectFailure(Errno.ENOENT, "no volume of this name"), failure);

        daemon.IsUp = false;
        (_, failure) = await MountedVolume.ConnectAsync(options, TimeProvider.System, NullLogger.Instance, daemon.Connect, CancellationToken.None);
        Assert.Equal(new ConnectFailure(Errno.ECONNREFUSED, ""), failure);
    }

    private static void File(FakeDaemon daemon) => daemon.Add(daemon.Root, "f", Kind.File, Content);

    private static Envelope Data(BlockMap block) =>
        new() { InstallData = new InstallData { Node = 2, Version = 1, Size = (ulong)Content.Length, Blocks = { block } } };

    private static Envelope Attr(Attributes attributes) =>
        new() { InstallAttr = new InstallAttr { Node = new Proto.Channel.Node { Id = 2, Attributes = attributes, Version = 1 } } };
}
