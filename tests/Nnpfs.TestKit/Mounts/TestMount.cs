using Mono.Unix.Native;
using Nnpfs.Posix;

namespace Nnpfs.TestKit;

/// <summary>A real mount: the driver in a child process, by default with an arlad and a directory origin of its own.</summary>
/// <remarks>
/// Every access has a limit in time; one that is late aborts the connection, so that nothing wedges, and fails the test.
/// At its end it unmounts and sees that the driver goes, and that nothing is left.
/// </remarks>
public sealed partial class TestMount : IAsyncDisposable
{
    public const string Volume = "test";

    /// <summary>Mount options that every mount gets before its own: NNPFS_TEST_OPTIONS runs the tests in another mode.</summary>
    /// <remarks>Without it io_uring is off, so that no test depends on what the machine's switch happens to be.</remarks>
    public static string ModeOptions { get; } = Environment.GetEnvironmentVariable("NNPFS_TEST_OPTIONS") ?? "io_uring=off";

    private readonly bool _ownsArlad;
    private readonly string _volume;
    private readonly string _options;
    private bool _late;

    private TestMount(TestArlad arlad, bool ownsArlad, string volume, string mountPoint, string options)
    {
        (Arlad, _ownsArlad, _volume, _options) = (arlad, ownsArlad, volume, options);
        Root = arlad.Scratch.Directory(mountPoint);
    }

    public TestArlad Arlad { get; }

    /// <summary>The driver's process that runs now, or that ran last.</summary>
    public ChildProgram Driver { get; private set; } = null!;

    /// <summary>The mount point.</summary>
    public string Root { get; }

    /// <summary>The directory origin that <see cref="StartAsync(MountSetup?)"/> made: put files here.</summary>
    public string Origin => Arlad.Scratch.Path("origin");

    /// <summary>A volume named <see cref="Volume"/> over a new, empty directory, mounted.</summary>
    public static async Task<TestMount> StartAsync(MountSetup? setup = null)
    {
        setup ??= new MountSetup();
        var scratch = new Scratch();
        string origin = setup.Origin ?? scratch.Directory("origin");
        setup.Fill?.Invoke(origin);
        TestArlad arlad;
        try
        {
            arlad = await TestArlad.StartAsync(
                $"[volume {Volume}]\norigin = {origin}\n{setup.VolumeSettings}", setup.Settings, scratch, setup.Launcher);
        }
        catch
        {
            scratch.Dispose();
            throw;
        }
        return await StartAsync(arlad, Volume, "mnt", setup.Options, ownsArlad: true);
    }

    /// <summary>One more mount of an arlad that runs.</summary>
    /// <param name="arlad">is not stopped with this mount</param>
    /// <param name="volume">of its configuration</param>
    /// <param name="name">of the mount point, made in arlad's scratch directory</param>
    /// <param name="options">for nnpfs -o, besides the channel</param>
    public static Task<TestMount> StartAsync(TestArlad arlad, string volume = Volume, string name = "mnt", string options = "") =>
        StartAsync(arlad, volume, name, options, ownsArlad: false);

    /// <summary>Drops pages, entries and inodes that the kernel keeps (of all filesystems): what comes next asks the driver.</summary>
    public void DropKernelCache() => File.WriteAllText("/proc/sys/vm/drop_caches", "3");

    /// <summary>nnpfsctl invalidate of a path on the mount; returns when it has returned.</summary>
    public Task InvalidateAsync(string name = "", bool recursive = false) =>
        Arlad.CommandAsync(["invalidate", .. recursive ? new[] { "-r" } : [], $"{_volume}:/{name}"]);

    /// <summary>Starts the driver and returns when it is mounted.</summary>
    public Task MountAsync() => IoUringSwitch.ForAsync(
        $"{ModeOptions},{_options}", BeginAsync, () => TryAsync(() => Syscall.statvfs(Root, out _)));

    private async Task BeginAsync()
    {
        Driver = ChildProgram.Start("nnpfs", "mount", _volume, Root, "-f", "-o", $"channel={Arlad.Channel},{ModeOptions},{_options}");
        await Patience.UntilAsync(
            () => Driver.HasExited ? throw new InvalidOperationException($"nnpfs ended with {Driver.ExitCode}:\n{Driver.Output}")
                : MountTable.IsMounted(Root),
            "the mount");
    }

    /// <summary>umount, kindly: EBUSY is tried again for a while. The driver must end by itself.</summary>
    public async Task UnmountAsync()
    {
        string said = "";
        await Patience.UntilAsync(
            () =>
            {
                (int status, said) = ChildProgram.Run("umount", Root);
                return status == 0 || !MountTable.IsMounted(Root);
            },
            $"umount {said}");
        int status = await Driver.WaitForExitAsync();
        if (status != 0)
            throw new InvalidOperationException($"nnpfs ended with {status} after umount:\n{Driver.Output}");
        Driver.Dispose();
    }

    /// <summary>kill -9 of the driver, and takes away the dead mount that it leaves.</summary>
    public async Task KillDriverAsync()
    {
        await Driver.KillAsync();
        MountTable.Remove(Root);
        Driver.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_late && Driver is { HasExited: false } && MountTable.IsMounted(Root))
            {
                await Leaks.CheckAsync(this);
                await UnmountAsync();
            }
        }
        finally
        {
            MountTable.Remove(Root);
            Driver?.Dispose();
            if (_ownsArlad)
            {
                using Scratch scratch = Arlad.Scratch;
                await Arlad.DisposeAsync();
            }
        }
    }

    private static async Task<TestMount> StartAsync(TestArlad arlad, string volume, string name, string options, bool ownsArlad)
    {
        var mount = new TestMount(arlad, ownsArlad, volume, name, options);
        try
        {
            await mount.MountAsync();
            return mount;
        }
        catch
        {
            await mount.DisposeAsync();
            throw;
        }
    }

    private void OnLate()
    {
        _late = true;
        MountTable.Abort(Root);
    }
}
