using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit.Channels;

namespace Nnpfs.Unit.Tests.Service;

/// <summary>An invalidation counts for mounts that are not connected at the moment, also over a restart of arlad.</summary>
public sealed class ReturningMountTests
{
    private static readonly VolumeRules Patient = new() { Grace = TimeSpan.FromMinutes(5) };
    private static readonly VolumeRules Hasty = new() { Grace = TimeSpan.FromMilliseconds(300) };
    private static readonly InvalidationTarget Everything = InvalidationTarget.Volume;

    [Fact]
    public async Task An_invalidation_after_a_restart_waits_for_the_mount_that_was_there_and_voids_its_tokens()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = [1], rules: Patient);
        var mount = Guid.NewGuid();
        ulong epoch = Connect(rig, mount, 0).Epoch;
        await rig.RestartAsync();

        Task<Result<InvalidationReport>> invalidation = rig.Volume.InvalidateAsync(Everything, CancellationToken.None).AsTask();
        await Task.Delay(100);
        Assert.False(invalidation.IsCompleted);
        Welcome welcome = Connect(rig, mount, epoch);

        Assert.True((await invalidation.WaitAsync(TimeSpan.FromSeconds(30))).IsOk);
        Assert.NotEqual(epoch, welcome.Epoch);
    }

    [Fact]
    public async Task An_invalidation_while_a_mount_is_disconnected_is_met_as_another_epoch()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = [1], rules: Patient);
        ScriptedDriver first = rig.Connect();
        ulong epoch = first.Greet("v").Epoch;
        first.Dispose();
        SpinWait.SpinUntil(() => rig.Volume.Mounts.Count == 0, TimeSpan.FromSeconds(30));

        Task<Result<InvalidationReport>> invalidation = rig.Volume.InvalidateAsync(Everything, CancellationToken.None).AsTask();
        Assert.False(invalidation.IsCompleted);
        Assert.NotEqual(epoch, Connect(rig, first.Mount, epoch).Epoch);
        Assert.True((await invalidation.WaitAsync(TimeSpan.FromSeconds(30))).IsOk);
    }

    [Fact]
    public async Task Nobody_waits_for_a_mount_that_said_goodbye()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = [1], rules: Patient);
        ScriptedDriver driver = rig.Mount();
        driver.Send(new Envelope { Goodbye = new() });
        driver.Dispose();
        SpinWait.SpinUntil(() => rig.Volume.Mounts.Count == 0, TimeSpan.FromSeconds(30));

        Assert.True((await rig.Volume.InvalidateAsync(Everything, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30))).IsOk);
        await rig.RestartAsync();
        Assert.True((await rig.Volume.InvalidateAsync(Everything, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30))).IsOk);
    }

    [Fact]
    public async Task A_mount_that_does_not_return_is_waited_for_once_and_no_longer_than_the_grace_time()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = [1], rules: Hasty);
        rig.Mount();
        await rig.RestartAsync();
        Assert.True((await rig.Volume.InvalidateAsync(Everything, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(30))).IsOk);

        await rig.RestartAsync(); // its list is empty now
        ValueTask<Result<InvalidationReport>> second = rig.Volume.InvalidateAsync(Everything, CancellationToken.None);
        Assert.True(second.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_mount_that_is_back_counts_when_it_holds_nothing_of_the_old_epoch_any_more()
    {
        await using var rig = new ServiceRig(origin => origin["a"] = [1], rules: Patient);
        var mount = Guid.NewGuid();
        ulong epoch = Connect(rig, mount, 0).Epoch;
        await rig.RestartAsync();
        Task<Result<InvalidationReport>> invalidation = rig.Volume.InvalidateAsync(Everything, CancellationToken.None).AsTask();
        ScriptedDriver driver = rig.Connect();
        (driver.Mount, driver.ConfirmsInvalidations) = (mount, false);
        driver.Greet("v", epoch);
        SpinWait.SpinUntil(() => !driver.Invalidations.IsEmpty, TimeSpan.FromSeconds(30));

        await Task.Delay(100);
        Assert.False(invalidation.IsCompleted);
        Invalidate fence = Assert.Single(driver.Invalidations);
        Assert.False(fence.Volume);
        Assert.Empty(fence.Nodes);
        driver.Confirm(fence);
        Assert.True((await invalidation.WaitAsync(TimeSpan.FromSeconds(30))).IsOk);
    }

    private static Welcome Connect(ServiceRig rig, Guid mount, ulong epoch)
    {
        ScriptedDriver driver = rig.Connect();
        driver.Mount = mount;
        return driver.Greet("v", epoch);
    }
}
