using System.Globalization;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Jail;

/// <summary>A jail and a mount of one test, made by chroot-setup/up and purged at its end.</summary>
internal sealed class Setup : IAsyncDisposable
{
    // Not in a test's scratch directory: arlad's user must be able to walk to its jail.
    private readonly string _root = Directory.CreateDirectory($"/var/tmp/nnpfs-jail-test-{Guid.NewGuid():N}").FullName;

    public string Jail => $"{_root}/jail";

    public string MountPoint => $"{_root}/mnt";

    public string Origin => Directory.CreateDirectory($"{_root}/origin").FullName;

    public int Driver => int.Parse(File.ReadAllText($"{Jail}.state/driver.pid").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>arlad's process id as the host counts.</summary>
    public int Arlad
    {
        get
        {
            string parent = File.ReadAllText($"{Jail}.state/arlad.pid").Split(' ')[0];
            return int.Parse(File.ReadAllText($"/proc/{parent}/task/{parent}/children"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
        }
    }

    public Task<(int Status, string Output)> RunAsync(string script, params string[] arguments) =>
        ChildProgram.RunAsync(Checkout.At($"chroot-setup/{script}"), ["--jail", Jail, .. arguments]);

    /// <summary>Runs arlad in the jail to its end, as arlad.service starts it: without up, which would repair the jail first.</summary>
    public Task<(int Status, string Output)> EnterAsync() => ChildProgram.RunAsync(
        "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
        "unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "--propagation", "private", Checkout.At("chroot-setup/enter"), Jail, "arlad");

    /// <summary>nnpfsctl at this jail's arlad; it must succeed.</summary>
    public async Task<string> ControlAsync(params string[] arguments) =>
        Succeeds(await ChildProgram.RunAsync("nnpfsctl", ["--socket", $"{Jail}/run/admin.sock", .. arguments]));

    /// <summary>up, which must succeed; without arguments for <see cref="Origin"/> at <see cref="MountPoint"/>.</summary>
    /// <returns>what it printed</returns>
    public async Task<string> UpAsync(params string[] arguments) =>
        Succeeds(await RunAsync("up", arguments.Length > 0 ? arguments : [Origin, MountPoint]));

    /// <summary>A file of the mount, read by another process, which may hang alone.</summary>
    public async Task<string> ReadAsync(string name) => Succeeds(await ChildProgram.RunAsync("cat", $"{MountPoint}/{name}"));

    public async ValueTask DisposeAsync()
    {
        (int status, string said) = await RunAsync("down", "--purge");
        MountTable.Remove(MountPoint);
        ChildProgram.Run("rm", "-rf", "--one-file-system", _root);
        Assert.True(status == 0, said);
    }

    private static string Succeeds((int Status, string Output) ended)
    {
        Assert.True(ended.Status == 0, ended.Output);
        return ended.Output;
    }
}
