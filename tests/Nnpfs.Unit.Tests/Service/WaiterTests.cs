using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Origins.Filters;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;
using Nnpfs.Unit.Tests.Cache;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>What a call is said to wait for is what it waits for.</summary>
public sealed class WaiterTests
{
    [Fact]
    public async Task The_second_reader_of_a_page_waits_for_the_first_ones_request()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = new byte[4096]);
        ScriptedDriver first = rig.Mount(), second = rig.Mount();
        Node file = first.File("a");
        second.File("a");
        var gate = new TaskCompletionSource();
        rig.Origin.Gate = (what, _) => what == "read a" ? gate.Task : Task.CompletedTask;
        ulong one = first.Begin(Read(file));
        Wait(rig, waiters => waiters is [{ Cause: WaitCause.Origin }]);
        ulong other = second.Begin(Read(file));
        Wait(rig, waiters => waiters.Select(waiter => waiter.Cause).Order().SequenceEqual([WaitCause.Origin, WaitCause.Other]));
        gate.SetResult();

        Assert.Equal((0, 0), ((int)first.End(one).Errno, (int)second.End(other).Errno));
        Assert.Equal(1, rig.Origin.Reads);
        Wait(rig, waiters => waiters.Count == 0);
    }

    [Theory]
    [InlineData("read")]
    [InlineData("facts")]
    [InlineData("list")]
    public async Task A_pause_before_another_try_is_told_with_what_the_last_one_failed(string operation)
    {
        await using var rig = new ServiceRig(
            origin => new RetryFilter(origin, new RetryRule { Tries = 3, Pause = TimeSpan.FromSeconds(30) }, TimeProvider.System), options => options,
            origin => origin["a"] = new byte[4096]);
        ScriptedDriver driver = rig.Mount();
        Node root = driver.Root(), file = driver.File("a");
        rig.Origin.FailWith = Errno.EHOSTUNREACH;
        driver.Begin(operation switch
        {
            "read" => Read(file),
            "facts" => new Envelope { GetNode = new() { Parent = root.Id, Name = Google.Protobuf.ByteString.CopyFromUtf8("b") } },
            _ => new Envelope { GetData = new() { Node = root.Id } },
        });

        Waiter waiter = Wait(rig, waiters => waiters.Any(waiter => waiter.Cause == WaitCause.Retry))[0];
        Assert.Equal((Errno.EHOSTUNREACH, "/mnt/test"), (waiter.Error, waiter.MountPoint));
    }

    [Fact]
    public async Task A_try_that_is_under_way_is_no_pause()
    {
        await using var rig = new ServiceRig(
            origin => new RetryFilter(origin, new RetryRule { Tries = 3, Pause = TimeSpan.FromMilliseconds(1) }, TimeProvider.System), options => options,
            origin => origin["a"] = new byte[4096]);
        ScriptedDriver driver = rig.Mount();
        Node file = driver.File("a");
        var gate = new TaskCompletionSource();
        rig.Origin.FailWith = Errno.EIO;
        rig.Origin.Gate = (_, _) => rig.Origin.Reads < 2 ? Task.CompletedTask : gate.Task;
        ulong read = driver.Begin(Read(file));
        Wait(rig, waiters => rig.Origin.Reads == 2 && waiters is [{ Cause: WaitCause.Origin }]);
        rig.Origin.FailWith = 0;
        gate.SetResult();

        Assert.Equal((Errno)0, driver.End(read).Errno);
    }

    [Fact]
    public async Task A_read_that_must_wait_until_a_full_cache_has_room_says_so()
    {
        using var held = new ManualResetEventSlim(initialState: true);
        await using var rig = new ServiceRig(
            origin => origin,
            options => options with { Limits = new CacheLimits { Bytes = 512 * 1024, FreeBytes = 0 }, WrapDisk = disk => new SlowToRemove(disk, held) },
            origin => (origin["old"], origin["new"]) = (new byte[400_000], new byte[400_000]));
        ScriptedDriver driver = rig.Mount();
        driver.Data(driver.File("old"), length: 400_000);
        held.Reset();
        ulong read = driver.Begin(Read(driver.File("new"), 400_000));
        try
        {
            Wait(rig, waiters => waiters is [{ Cause: WaitCause.Space, Operation: "GetData" }]);
        }
        finally
        {
            held.Set();
        }

        Assert.Equal((Errno)0, driver.End(read).Errno);
    }

    [Fact]
    public async Task An_invalidation_that_a_mount_has_not_confirmed_waits_for_that_mount()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = [1]);
        ScriptedDriver driver = rig.Mount();
        Node file = driver.File("a");
        driver.ConfirmsInvalidations = false;
        Task<Result<InvalidationReport>> invalidated = rig.Volume.InvalidateAsync(InvalidationTarget.Of(OriginPath.Of("a")), CancellationToken.None).AsTask();
        Waiter waiter = Wait(rig, waiters => waiters.Count == 1)[0];
        driver.Confirm(driver.Next(envelope => envelope.Invalidate is not null).Invalidate);

        Assert.Equal((WaitCause.Driver, "Invalidate", "/mnt/test", file.Id), (waiter.Cause, waiter.Operation, waiter.MountPoint, waiter.Node.Value));
        Assert.Equal(1, (await invalidated).Value.Mounts);
        Wait(rig, waiters => waiters.Count == 0);
    }

    [Fact]
    public async Task A_prefetch_is_work_of_arlads_own_that_waits_for_the_origin()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = new byte[4096]);
        var root = new NodeId(rig.Mount().Root().Id);
        var gate = new TaskCompletionSource();
        rig.Origin.Gate = (what, _) => what == "read a" ? gate.Task : Task.CompletedTask;
        Task work = Task.Run(async () =>
        {
            await foreach (PrefetchProgress progress in rig.Volume.PrefetchAsync(OriginPath.Root, CancellationToken.None))
                Assert.Equal((Errno)0, progress.LastErrno);
        });
        Waiter waiter = Wait(rig, waiters => waiters is [{ Cause: WaitCause.Origin, Node: var node }] && node != root)[0];
        gate.SetResult();
        await work;

        Assert.Equal(("prefetch", "", "a"), (waiter.Operation, waiter.MountPoint, waiter.Path.ToString()));
        Assert.Empty(rig.Volume.Waiters);
    }

    private static Envelope Read(Node file, ulong length = 4096) =>
        new() { GetData = new() { Node = file.Id, Version = file.Version, Offset = 0, Length = length } };

    private static IReadOnlyList<Waiter> Wait(ServiceRig rig, Func<IReadOnlyList<Waiter>, bool> until)
    {
        IReadOnlyList<Waiter> waiters = [];
        Assert.True(
            SpinWait.SpinUntil(() => until(waiters = rig.Volume.Waiters), TimeSpan.FromSeconds(20)),
            $"waiters: {string.Join(", ", waiters.Select(waiter => $"{waiter.Operation} {waiter.Cause}"))}");
        return waiters;
    }

    private sealed class SlowToRemove(IBlockDisk inner, ManualResetEventSlim held) : WrappedDisk(inner)
    {
        public override Errno Remove(BlockName name)
        {
            held.Wait();
            return base.Remove(name);
        }
    }
}
