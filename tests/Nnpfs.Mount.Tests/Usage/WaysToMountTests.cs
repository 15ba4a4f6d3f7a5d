using System.Net.Sockets;
using System.Text;
using Mono.Unix.Native;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>All ways to a mount: in the background, through mount(8) and fstab, under systemd, as an ordinary user.</summary>
public sealed class WaysToMountTests : IAsyncLifetime
{
    private const int Nobody = 65534;
    private static readonly byte[] Content = Pattern.Bytes(300_000);
    private TestArlad _arlad = null!;

    private string MountPoint => _arlad.Scratch.Directory("mnt");

    private string Options => $"channel={_arlad.Channel},log={_arlad.Scratch.Path("log")}";

    public async Task InitializeAsync()
    {
        var scratch = new Scratch();
        string origin = scratch.Directory("origin");
        File.WriteAllBytes($"{origin}/file", Content);
        ChildProgram.Run("chmod", "755", scratch.Root);
        _arlad = await TestArlad.StartAsync(
            $"[volume test]\norigin = {origin}\n[volume theirs]\norigin = {origin}\nallow-users = {Nobody}\n", "", scratch);
    }

    public async Task DisposeAsync()
    {
        MountTable.Remove(MountPoint);
        using Scratch scratch = _arlad.Scratch;
        await _arlad.DisposeAsync();
    }

    [MountFact]
    public async Task The_command_returns_when_the_volume_is_mounted()
    {
        Succeeds(await ChildProgram.RunAsync("nnpfs", "mount", "test", MountPoint, "-o", Options));

        Assert.True(MountTable.IsMounted(MountPoint));
        Succeeds(await ChildProgram.RunAsync("cmp", $"{MountPoint}/file", $"{_arlad.Scratch.Root}/origin/file"));
        Succeeds(await ChildProgram.RunAsync("nnpfs", "umount", MountPoint));
        await Patience.UntilAsync(() => File.ReadAllText(_arlad.Scratch.Path("log")).Contains("unmounted", StringComparison.OrdinalIgnoreCase), "the driver's end");
    }

    [MountFact]
    public async Task Mount_and_an_fstab_line_find_the_helper()
    {
        // In a mount namespace of its own, where the helper is all that there is in /usr/sbin.
        string fstab = _arlad.Scratch.Path("fstab");
        File.WriteAllText(fstab, $"test {MountPoint} nnpfs noauto,nofail,_netdev,{Options} 0 0\n");
        string script = $"""
            set -e
            mount -t tmpfs none /usr/sbin
            printf '#!/bin/sh\nexec {ChildProgram.Locate("nnpfs")} mount.nnpfs "$@"\n' > /usr/sbin/mount.nnpfs
            chmod 755 /usr/sbin/mount.nnpfs
            mount -t nnpfs test {MountPoint} -o {Options}
            cmp {MountPoint}/file {_arlad.Scratch.Root}/origin/file
            umount {MountPoint}
            mount --fstab {fstab} {MountPoint}
            cmp {MountPoint}/file {_arlad.Scratch.Root}/origin/file
            umount {MountPoint}
            ! mount -t nnpfs nothing {MountPoint} -o {Options}
            """;

        (int status, string output) = await ChildProgram.RunAsync("unshare", "-m", "sh", "-c", script);

        Assert.True(status == 0, output);
        Assert.Contains("no volume \"nothing\"", output, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task Systemd_is_told_when_the_volume_is_mounted()
    {
        string path = _arlad.Scratch.Path("notify");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        using ChildProgram driver = ChildProgram.Start(
            "env", $"NOTIFY_SOCKET={path}", ChildProgram.Locate("nnpfs"), "mount", "test", MountPoint, "-f", "-o", $"channel={_arlad.Channel}");

        Assert.Equal("READY=1", await ReceiveAsync(socket));
        Assert.True(MountTable.IsMounted(MountPoint));
        driver.Signal(Signum.SIGTERM);
        Assert.Equal("STOPPING=1", await ReceiveAsync(socket));
        Assert.Equal(0, await driver.WaitForExitAsync());
        Assert.False(MountTable.IsMounted(MountPoint));
    }

    [MountFact]
    public async Task An_ordinary_user_mounts_what_lets_him_in()
    {
        (int status, string output) = await AsTheirsAsync($"""
            $as {ChildProgram.Locate("nnpfs")} mount theirs {MountPoint} $options
            $as cmp {MountPoint}/file {_arlad.Scratch.Root}/origin/file
            ! cat {MountPoint}/file
            $as {ChildProgram.Locate("nnpfs")} umount {MountPoint}
            """);

        Assert.True(status == 0, output);
        Assert.Contains("Permission denied", output, StringComparison.Ordinal); // root's cat: the mount is the user's alone
        Assert.Contains($"user {Nobody}", _arlad.Program.Output, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task An_ordinary_user_ends_his_mount_by_force_and_nobody_elses()
    {
        (int status, string output) = await AsTheirsAsync($"""
            mountpoint -q /sys/fs/fuse/connections || mount -t fusectl none /sys/fs/fuse/connections
            $as {ChildProgram.Locate("nnpfs")} mount theirs {MountPoint} $options
            ! setpriv --reuid=65533 --regid=65533 --clear-groups {ChildProgram.Locate("nnpfs")} umount -f {MountPoint}
            grep -q " {MountPoint} " /proc/self/mountinfo
            $as {ChildProgram.Locate("nnpfs")} umount -f {MountPoint}
            ! grep -q " {MountPoint} " /proc/self/mountinfo
            """);

        Assert.True(status == 0, output);
        Assert.Contains("only root and the user who mounted it", output, StringComparison.Ordinal);
    }

    [MountTheory]
    [InlineData("", 32)]
    [InlineData("user_allow_other", 0)]
    public async Task An_ordinary_user_lets_others_in_only_where_the_machine_allows_it_and_is_told_how(string configuration, int expected)
    {
        File.WriteAllText(_arlad.Scratch.Path("fuse.conf"), $"{configuration}\n");

        (int status, string output) = await AsTheirsAsync($"""
            mount --bind {_arlad.Scratch.Path("fuse.conf")} /etc/fuse.conf
            $as {ChildProgram.Locate("nnpfs")} mount theirs {MountPoint} $options,allow_other || exit $?
            cmp {MountPoint}/file {_arlad.Scratch.Root}/origin/file
            $as {ChildProgram.Locate("nnpfs")} umount {MountPoint}
            """);

        Assert.True(status == expected, output);
        Assert.Equal(expected != 0, output.Contains("'user_allow_other' is set in /etc/fuse.conf", StringComparison.Ordinal));
    }

    [MountFact]
    public async Task An_ordinary_user_is_refused_by_what_does_not_let_him_in()
    {
        Succeeds(await ChildProgram.RunAsync("chown", $"{Nobody}:{Nobody}", MountPoint));
        using ChildProgram driver = AsNobody(ChildProgram.Locate("nnpfs"), "mount", "test", MountPoint, "-f", "-o", $"channel={_arlad.Channel}");

        Assert.Equal(32, await driver.WaitForExitAsync());
        Assert.Contains($"user {Nobody} may not mount volume \"test\": see allow-users", driver.Output, StringComparison.Ordinal);
    }

    /// <summary>Runs a script in which $as is an ordinary user's, and $options are for his mounts.</summary>
    /// <remarks>The device as udev makes it, in a mount namespace of its own: a container may have it for root alone.</remarks>
    private Task<(int Status, string Output)> AsTheirsAsync(string script)
    {
        string theirs = _arlad.Scratch.Directory("theirs");
        return ChildProgram.RunAsync("unshare", "-m", "sh", "-c", $"""
            set -e
            mount -t tmpfs none /dev
            mknod -m 666 /dev/fuse c 10 229
            mknod -m 666 /dev/null c 1 3
            chown {Nobody}:{Nobody} {MountPoint} {theirs}
            as="setpriv --reuid={Nobody} --regid={Nobody} --clear-groups"
            options="-o channel={_arlad.Channel},log={theirs}/log"
            {script}
            """);
    }

    private static ChildProgram AsNobody(string program, params string[] arguments) =>
        ChildProgram.Start("setpriv", [$"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", program, .. arguments]);

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        byte[] text = new byte[256];
        return Encoding.ASCII.GetString(text, 0, await socket.ReceiveAsync(text).WaitAsync(Patience.Limit));
    }

    private static void Succeeds((int Status, string Output) ended) => Assert.True(ended.Status == 0, ended.Output);
}
