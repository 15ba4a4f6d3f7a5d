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

    public async Task UpAsync()
    {
        (int status, string output) = await RunAsync("up", Origin, MountPoint);
        Assert.True(status == 0, output);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down", "--purge");
        MountTable.Remove(MountPoint);
        ChildProgram.Run("rm", "-rf", "--one-file-system", _root);
    }
}
