using Mono.Unix.Native;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>Unmounting what is in use, and what waits for an origin that stalls.</summary>
[Claim("S29")]
public sealed class UnmountTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15); // the stall itself would last for ten minutes
    private static readonly byte[] Content = Pattern.Bytes(1_000_000);

    private readonly FaultServer _server = new();
    private TestMount _mount = null!;
    private ChildProgram? _user;

    public async Task InitializeAsync()
    {
        _server.Files["file"] = new(Content, "\"file\"");
        _server.Files["stuck"] = new(Content, "\"stuck\"");
        _server.Alter = (request, reply) => request is { Path: "/stuck", Method: "GET" } ? reply with { StallAfter = 0 } : reply;
        if (Facilities.Mount is null)
            _mount = await TestMount.StartAsync(new() { Origin = _server.Url, VolumeSettings = "timeout = 600", Options = "timeo=600" });
    }

    /// <summary>The user of the mount first, and its end awaited: it keeps the mount busy.</summary>
    public async Task DisposeAsync()
    {
        if (_mount is null)
            return;
        MountTable.Abort(_mount.Root);
        if (_user is { HasExited: false })
            await _user.KillAsync();
        _user?.Dispose();
        MountTable.Remove(_mount.Root);
        await _mount.DisposeAsync();
        await _server.DisposeAsync();
    }

    [MountTheory]
    [InlineData("umount")]
    [InlineData("nnpfs", "umount")]
    public async Task A_busy_mount_stays_and_a_lazy_end_leaves_its_user_what_he_has(params string[] umount)
    {
        await StandInMountAsync();
        Assert.Equal(Content, await _mount.ReadFileAsync("file"));

        (int status, string said) = await RunAsync(umount);
        Assert.Equal((32, true), (status, said.Contains("busy", StringComparison.Ordinal)));
        Assert.True(MountTable.IsMounted(_mount.Root));

        (status, said) = await RunAsync([.. umount, "-l"]);
        Assert.True(status == 0, said);
        Assert.False(MountTable.IsMounted(_mount.Root));
        Assert.Equal(0, ChildProgram.Run("timeout", "20", "cat", $"/proc/{_user!.Id}/cwd/file").Status);
        Assert.False(_mount.Driver.HasExited);

        await _user.KillAsync();
        Assert.Equal(0, await _mount.Driver.WaitForExitAsync(Soon));
    }

    [MountFact]
    public async Task By_force_all_that_waits_fails_and_the_driver_ends()
    {
        await WaitForPageAsync();

        (int status, string said) = await RunAsync("nnpfs", "umount", "-f");

        Assert.True(status == 0, said);
        Assert.False(MountTable.IsMounted(_mount.Root));
        Assert.NotEqual(0, await _user!.WaitForExitAsync(Soon));
        Assert.Equal(0, await _mount.Driver.WaitForExitAsync(Soon));
    }

    [MountFact]
    public async Task By_force_an_idle_user_of_the_mount_is_cut_off()
    {
        await StandInMountAsync();

        (int status, string said) = await RunAsync("nnpfs", "umount", "-f");

        Assert.True(status == 0, said);
        Assert.False(MountTable.IsMounted(_mount.Root));
        Assert.Equal(0, await _mount.Driver.WaitForExitAsync(Soon));
        Assert.Contains("not connected", ChildProgram.Run("cat", $"/proc/{_user!.Id}/cwd/file").Output, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task Umount_with_force_sets_readers_free_and_a_second_one_unmounts()
    {
        await WaitForPageAsync();

        ChildProgram umount = ChildProgram.Start("umount", "-f", _mount.Root);
        await umount.WaitForExitAsync(Soon);
        Assert.NotEqual(0, await _user!.WaitForExitAsync(Soon));
        Assert.Equal(0, await _mount.Driver.WaitForExitAsync(Soon));
        ChildProgram.Run("umount", "-f", _mount.Root);
        Assert.False(MountTable.IsMounted(_mount.Root));
    }

    [MountFact]
    public async Task A_plain_umount_that_waits_for_a_page_is_over_when_the_driver_is_ended()
    {
        await WaitForPageAsync();
        await _user!.KillAsync(); // nobody has it open, but the kernel has its page on order
        using ChildProgram umount = ChildProgram.Start("umount", _mount.Root);
        await Patience.UntilAsync(() => umount.HasExited || !MountTable.IsMounted(_mount.Root), "it is out of the tree");

        _mount.Driver.Signal(Signum.SIGTERM);

        Assert.Equal(0, await umount.WaitForExitAsync(Soon));
        Assert.Equal(0, await _mount.Driver.WaitForExitAsync(Soon));
    }

    private Task<(int Status, string Output)> RunAsync(params string[] umount) => ChildProgram.RunAsync(umount[0], [.. umount[1..], _mount.Root]);

    /// <summary>A user whose working directory is the mount.</summary>
    private Task StandInMountAsync()
    {
        _user = ChildProgram.Start("sh", "-c", $"cd {_mount.Root} && exec sleep 1000");
        return Patience.UntilAsync(() => ChildProgram.Run("readlink", $"/proc/{_user.Id}/cwd").Output == _mount.Root, "a user of the mount");
    }

    /// <summary>A user who reads what does not come.</summary>
    private Task WaitForPageAsync()
    {
        _user = ChildProgram.Start("cat", _mount.At("stuck"));
        return Patience.UntilAsync(
            () => _server.Requests.Any(request => request is { Path: "/stuck", Method: "GET" })
                && Stack().Contains("folio_wait", StringComparison.Ordinal),
            "a reader that waits for a page");
    }

    private string Stack() => _user!.HasExited ? throw new InvalidOperationException(_user.Output) : File.ReadAllText($"/proc/{_user.Id}/stack");
}
