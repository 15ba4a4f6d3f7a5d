using Google.Protobuf;
using Nnpfs.Daemon.Service;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>The channel from a driver's side: the greeting, and calls that are many, cancelled or left alone.</summary>
public sealed class ChannelTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    [Fact]
    public async Task A_greeting_is_answered_with_the_cache_directory()
    {
        await using var rig = new ServiceRig();
        ScriptedDriver driver = rig.Connect();
        Welcome welcome = driver.Greet("v", 0, 0, 1, 99);

        Assert.Equal(1u, welcome.Version);
        Assert.Equal(256u * 1024, welcome.BlockSize);
        Assert.NotEqual(0ul, welcome.Epoch);
        Assert.NotNull(driver.CacheDirectory);
    }

    [Fact]
    public async Task A_driver_that_wants_descriptors_is_not_handed_the_directory()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        ScriptedDriver driver = rig.Mount(features: 1);
        Node file = driver.File("a");
        BlockMap map = driver.Data(file).Installs[^1].InstallData.Blocks[0];
        (Errno errno, _) = driver.Call(new Envelope { OpenBlock = new() { Node = file.Id, Version = file.Version, Block = 0, Generation = map.Generation } });

        Assert.Equal((Errno)0, errno);
        Assert.NotNull(driver.CacheDirectory); // the only descriptor that came is the block's
        byte[] first = new byte[4096];
        Assert.Equal(4096, Files.ReadAt(driver.CacheDirectory, first, 0).Value);
        Assert.Equal(Content[..4096], first);
    }

    [Theory]
    [InlineData("v", 7u, "no common protocol version")]
    [InlineData("w", 1u, "no volume \"w\"; there is v")]
    public async Task A_greeting_that_cannot_be_answered_is_refused_with_a_reason(string volume, uint version, string reason)
    {
        await using var rig = new ServiceRig();
        ScriptedDriver driver = rig.Connect();
        InvalidOperationException refused = Assert.Throws<InvalidOperationException>(() => driver.Greet(volume, 0, 0, version));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.True(driver.WaitForEnd());
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once_and_the_origin_is_let_go()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        var letGo = new TaskCompletionSource();
        rig.Origin.Gate = async (_, cancel) =>
        {
            await Task.Delay(Timeout.Infinite, cancel).ContinueWith(_ => letGo.TrySetResult(), TaskScheduler.Default);
            cancel.ThrowIfCancellationRequested();
        };
        ScriptedDriver driver = rig.Mount();
        ulong call = driver.Begin(new Envelope { GetNode = new() { Parent = driver.Root().Id, Name = ByteString.CopyFromUtf8("a") } });
        driver.Send(new Envelope { Cancel = new() { Sequence = call } });

        Assert.Equal(Errno.ECANCELED, driver.End(call).Errno);
        await letGo.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_dead_driver_costs_nothing()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        rig.Origin.Gate = (_, cancel) => Task.Delay(Timeout.Infinite, cancel);
        ScriptedDriver dying = rig.Mount();
        dying.Begin(new Envelope { GetNode = new() { Parent = dying.Root().Id, Name = ByteString.CopyFromUtf8("a") } });
        SpinWait.SpinUntil(() => rig.Volume.Waiters.Count == 1, TimeSpan.FromSeconds(20));
        dying.Dispose();

        Assert.True(SpinWait.SpinUntil(() => rig.Volume.Mounts.Count == 0, TimeSpan.FromSeconds(20)));
        rig.Origin.Gate = null;
        Assert.NotNull(rig.Mount().File("a"));
    }

    [Fact]
    public async Task Calls_beyond_the_limit_are_refused()
    {
        await using var rig = new ServiceRig(channel: new ChannelOptions { Socket = "", Owner = Privileges.User, MaxWaiting = 2 });
        rig.Origin.Gate = (_, cancel) => Task.Delay(Timeout.Infinite, cancel);
        ScriptedDriver driver = rig.Mount();
        ulong root = driver.Root().Id;
        ulong[] calls = [.. Enumerable.Range(0, 3).Select(i => driver.Begin(new Envelope { GetNode = new() { Parent = root, Name = ByteString.CopyFromUtf8($"f{i}") } }))];

        Assert.Equal(Errno.EBUSY, driver.End(calls[2]).Errno);
    }
}
