using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Mounting;

/// <summary>Chooses how the kernel's requests come, before anything is mounted: what was agreed with the kernel cannot be taken back.</summary>
internal static class RequestWay
{
    private const string Switch = "/sys/module/fuse/parameters/enable_uring";

    /// <param name="mode">what the user wants</param>
    /// <param name="overIoUring">ask the kernel for io_uring</param>
    /// <returns>null, or why the user cannot have it</returns>
    public static Failure? Choose(IoUringMode mode, out bool overIoUring)
    {
        overIoUring = false;
        if (mode == IoUringMode.Off)
            return null;
        string? reason = WhyNot(File.Exists(Switch) ? File.ReadAllText(Switch) : null, FuseRing.Probe)
            ?? RingPlan.WhyNot(Cpus.Online.Count, Cpus.Possible);
        overIoUring = reason is null;
        return mode == IoUringMode.On && reason is not null ? new Failure(ExitStatus.System, $"option io_uring=on: {reason}") : null;
    }

    /// <param name="enabled">what the module's switch says; null: it has none</param>
    /// <param name="probe">whether this process may make a ring</param>
    /// <returns>null: it can be had; else the cause and the cure</returns>
    internal static string? WhyNot(string? enabled, Func<Errno> probe)
    {
        if (enabled is null)
            return "this kernel has no FUSE over io_uring: Linux 6.14 or later is needed, built with CONFIG_FUSE_IO_URING";
        if (enabled.Trim() is not ("Y" or "1"))
            return $"FUSE over io_uring is switched off: echo Y > {Switch} (from the next start on: fuse.enable_uring=1 on the kernel's command line, or 'options fuse enable_uring=1' in /etc/modprobe.d)";
        return probe() switch
        {
            0 => null,
            Errno.EPERM => "this process may not use io_uring: sysctl kernel.io_uring_disabled=0; a container's seccomp profile must allow it too",
            var errno => $"no ring can be made: {errno}",
        };
    }
}

/// <summary>Whether requests are to come by io_uring.</summary>
internal enum IoUringMode
{
    Auto,
    On,
    Off,
}
