using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>What a user of "nnpfs mount" can do wrong: each with its message, its cure and its exit status.</summary>
public sealed class MountErrorsTests : IAsyncLifetime
{
    private TestArlad _arlad = null!;

    private string MountPoint => _arlad.Scratch.Directory("mnt");

    public async Task InitializeAsync()
    {
        var scratch = new Scratch();
        string origin = scratch.Directory("origin");
        _arlad = await TestArlad.StartAsync($"[volume test]\norigin = {origin}\n[volume theirs]\norigin = {origin}\nallow-users = 65534\n[volume away]\norigin = http://127.0.0.1:9/\nretry = 1\nconnect-timeout = 1", "", scratch);
    }

    public async Task DisposeAsync()
    {
        using Scratch scratch = _arlad.Scratch;
        await _arlad.DisposeAsync();
    }

    [MountFact]
    public async Task A_mount_point_that_is_missing() =>
        Expect(32, "does not exist; make it with: mkdir -p", await MountAsync("test", _arlad.Scratch.Path("none")));

    [MountFact]
    public async Task A_mount_point_that_is_a_file()
    {
        File.WriteAllText(_arlad.Scratch.Path("file"), "");
        Expect(32, "is not a directory", await MountAsync("test", _arlad.Scratch.Path("file")));
    }

    [MountFact]
    public async Task A_mount_point_that_is_not_empty()
    {
        File.WriteAllText(Path.Combine(MountPoint, "file"), "");
        Expect(32, "is not empty", await MountAsync("test", MountPoint));
    }

    [MountFact]
    public async Task A_mount_point_where_something_is_mounted()
    {
        await using TestMount mount = await TestMount.StartAsync(_arlad);
        Expect(32, "is busy: nnpfs:test is mounted there already", await MountAsync("test", mount.Root));
    }

    [MountFact]
    public async Task A_dead_mount_is_named_and_cleared()
    {
        TestMount mount = await TestMount.StartAsync(_arlad);
        await mount.Driver.KillAsync();

        Expect(32, "dead mount of nnpfs:test", await MountAsync("test", mount.Root));
        Expect(0, "", await ChildProgram.RunAsync("nnpfs", "umount", "-l", mount.Root));
        Assert.False(MountTable.IsMounted(mount.Root));
        await mount.DisposeAsync();
    }

    [MountFact]
    public async Task Arlad_that_does_not_run()
    {
        await _arlad.StopAsync();
        Expect(32, "arlad is not running: nobody listens at", await MountAsync("test", MountPoint));
    }

    [MountFact]
    public async Task Arlad_that_was_killed()
    {
        await _arlad.KillAsync();
        Expect(32, "arlad is not running: nobody listens at", await MountAsync("test", MountPoint));
    }

    [MountFact]
    public async Task A_volume_that_nobody_knows()
    {
        (int status, string output) = await MountAsync("unknown", MountPoint);
        Expect(32, "arlad refuses volume unknown", (status, output));
        Assert.Contains("no volume \"unknown\"; there is ", output, StringComparison.OrdinalIgnoreCase);
    }

    [MountFact]
    public async Task An_origin_that_cannot_be_reached()
    {
        (int status, string output) = await MountAsync("away", MountPoint);
        Expect(32, "cannot be reached (EHOSTUNREACH)", (status, output));
        Assert.Contains("127.0.0.1:9", output, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task An_option_that_nobody_knows() =>
        Expect(1, "unknown option 'fastre'; the options are", await MountAsync("test", MountPoint, "fastre"));

    [MountFact]
    public async Task Writing_cannot_be_asked_for() =>
        Expect(1, "a volume can be read only", await MountAsync("test", MountPoint, "rw"));

    [MountFact]
    public async Task A_log_file_that_cannot_be_written() =>
        Expect(2, "cannot be written", await MountAsync("test", MountPoint, $"log={_arlad.Scratch.Root}"));

    [MountFact]
    public async Task Nothing_mounted_cannot_be_unmounted() =>
        Expect(32, "nothing is mounted on", await ChildProgram.RunAsync("nnpfs", "umount", MountPoint));

    [MountFact]
    public async Task No_device()
    {
        // A mount namespace of its own, in which the device is hidden.
        string script = $"mount -t tmpfs none /dev && exec {ChildProgram.Locate("nnpfs")} mount test {MountPoint} -f -o channel={_arlad.Channel}";
        Expect(2, "/dev/fuse is not there: load the module with modprobe fuse", await ChildProgram.RunAsync("unshare", "-m", "sh", "-c", script));
    }

    [MountFact]
    public async Task No_root_and_no_helper()
    {
        // A user whom arlad lets in, who finds no programs.
        string[] nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "env", "PATH=/nowhere"];
        Expect(1, "mounting as an ordinary user needs fusermount3, which is not here: install the package fuse3", await ChildProgram.RunAsync(
            "setpriv", [.. nobody, ChildProgram.Locate("nnpfs"), "mount", "theirs", OwnedByNobody(), "-f", "-o", $"channel={_arlad.Channel}"]));
    }

    private string OwnedByNobody()
    {
        ChildProgram.Run("chmod", "755", _arlad.Scratch.Root);
        ChildProgram.Run("chown", "65534:65534", MountPoint);
        return MountPoint;
    }

    private static void Expect(int status, string text, (int Status, string Output) ended)
    {
        Assert.True(status == ended.Status, $"status {ended.Status}: {ended.Output}");
        Assert.Contains(text, ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Output, StringComparison.Ordinal); // no stack of calls
    }

    private Task<(int Status, string Output)> MountAsync(string volume, string mountPoint, string options = "") =>
        ChildProgram.RunAsync("nnpfs", "mount", volume, mountPoint, "-o", $"channel={_arlad.Channel},log={_arlad.Scratch.Path("log")}{(options.Length > 0 ? "," : "")}{options}");
}
