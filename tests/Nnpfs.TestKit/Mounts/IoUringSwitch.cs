using Nnpfs.Posix;

namespace Nnpfs.TestKit;

/// <summary>The kernel's switch for FUSE over io_uring. It is the whole machine's, so it is on only for as long as a mount begins, and no
/// two runs of tests have it at once.</summary>
/// <remarks>A connection that has begun with it keeps it. SOURCE: Documentation/filesystems/fuse/fuse-io-uring.rst.</remarks>
public static class IoUringSwitch
{
    public const string Option = "io_uring=on";

    private const string Parameter = "/sys/module/fuse/parameters/enable_uring", LockFile = "/run/nnpfs-test-io-uring.lock";
    private const uint OwnerOnly = 0x180;

    /// <summary>Null where the kernel has the switch, else the reason for a skip.</summary>
    public static string? Missing { get; } = File.Exists(Parameter) ? null
        : "the kernel has no FUSE over io_uring (Linux 6.14, CONFIG_FUSE_IO_URING)";

    /// <summary>Has a mount begin with the switch as its options need it.</summary>
    /// <param name="options">of the mount</param>
    /// <param name="begin">mounts</param>
    /// <param name="ask">ends when the mount has answered a request: then it and the kernel have agreed</param>
    public static Task ForAsync(string options, Func<Task> begin, Func<Task> ask)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(begin);
        // Later ones win, as with the options themselves.
        if (options.Split(',').LastOrDefault(option => option.StartsWith("io_uring=", StringComparison.Ordinal)) != Option)
            return begin();
        return WithAsync(true, async () =>
        {
            await begin();
            await ask();
        });
    }

    /// <summary>Runs something with the switch on or off, and then sets it back.</summary>
    public static async Task WithAsync(bool on, Func<Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        using SafeFd file = Files.Open(LockFile, OpenModes.ReadWrite | OpenModes.Create, OwnerOnly).Value;
        await Patience.UntilAsync(() => Disk.TryLock(file) == 0, LockFile);
        string before = await File.ReadAllTextAsync(Parameter);
        try
        {
            await File.WriteAllTextAsync(Parameter, on ? "Y" : "N");
            await action();
        }
        finally
        {
            await File.WriteAllTextAsync(Parameter, before);
            Disk.Unlock(file);
        }
    }
}
