using Google.Protobuf;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>What is taken back, and when that counts as done.</summary>
public sealed class InvalidationTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];

    [Fact]
    [Claim("S15")]
    public async Task A_lookup_of_a_listed_directory_gives_no_token_that_its_listing_has_not()
    {
        await using var rig = new ServiceRig(origin => (origin["d/a"], origin["d/b"]) = (Content, Content));
        ScriptedDriver driver = rig.Mount();
        Node directory = driver.File("d");
        driver.Data(directory);
        Node listed = driver.File("d");
        await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default);
        rig.Origin.Remove("d/a");
        (_, Node? now, ulong valid) = driver.Lookup(driver.Root().Id, "d");

        Assert.True(valid == 0 || now!.Version > listed.Version, "the token is that of a listing which nobody asked for");
        Assert.Null(driver.Lookup(now!.Id, "a").Node);
    }

    [Fact]
    public async Task An_invalidation_returns_when_every_mount_has_confirmed_it()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        ScriptedDriver quick = rig.Mount(), slow = rig.Mount();
        slow.ConfirmsInvalidations = false;
        Task<Result<InvalidationReport>> done = rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default).AsTask();
        Invalidate asked = slow.Next(envelope => envelope.BodyCase == Envelope.BodyOneofCase.Invalidate).Invalidate;

        Assert.False(done.IsCompleted);
        slow.Confirm(asked);
        Assert.Equal(2, (await done.WaitAsync(TimeSpan.FromSeconds(20))).Value.Mounts);
        Assert.Equal(rig.Volume.Epoch, asked.Epoch);
        Assert.Equal(asked.Epoch, Assert.Single(quick.Invalidations).Epoch);
    }

    [Fact]
    public async Task A_mount_that_does_not_confirm_is_cut_off_and_finds_another_epoch()
    {
        await using var rig = new ServiceRig(rules: new VolumeRules { InvalidateTimeout = TimeSpan.FromMilliseconds(100), Grace = TimeSpan.Zero });
        ScriptedDriver deaf = rig.Connect();
        ulong epoch = deaf.Greet("v").Epoch;
        deaf.ConfirmsInvalidations = false;
        InvalidationReport report = (await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default)).Value;

        Assert.Equal((0, 1), (report.Mounts, report.CutOff));
        Assert.True(deaf.WaitForEnd());
        Assert.NotEqual(epoch, rig.Connect().Greet("v", epoch).Epoch);
    }

    [Fact]
    public async Task A_break_while_the_origin_is_asked_is_not_lost()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = Content);
        var asked = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        rig.Origin.Gate = (_, _) => asked.TrySetResult() ? gate.Task : Task.CompletedTask;
        ScriptedDriver driver = rig.Mount();
        ulong call = driver.Begin(new Envelope { GetNode = new() { Parent = driver.Root().Id, Name = ByteString.CopyFromUtf8("a") } });
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await rig.Volume.InvalidateAsync(InvalidationTarget.Volume, default);
        gate.SetResult();
        driver.End(call);

        Assert.True(rig.Origin.Facts > 1); // the answer from before the break was not taken for one
    }
}
