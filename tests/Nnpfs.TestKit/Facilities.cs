using Mono.Unix.Native;
using Nnpfs.Posix;

namespace Nnpfs.TestKit;

/// <summary>What this machine and this user offer to a test. Each answer is null when it is there, else the reason for a skip.</summary>
public static class Facilities
{
    public static string? Root { get; } = Syscall.geteuid() == 0 ? null : "needs root: sudo tests/run";

    public static string? Fuse { get; } = Files.Open("/dev/fuse", OpenModes.ReadWrite).TryGet(out SafeFd? device, out Errno errno)
        ? Close(device)
        : $"/dev/fuse cannot be opened ({errno})";

    public static string? Mount { get; } = Root ?? Fuse;

    /// <summary>What the options of this run's mode need: see <see cref="TestMount.ModeOptions"/>.</summary>
    public static string? Mode { get; } = TestMount.ModeOptions.Contains(IoUringSwitch.Option, StringComparison.Ordinal)
        ? IoUringSwitch.Missing : null;

    public const string FuseHeader = "/usr/include/linux/fuse.h";

    public static string? FuseHeaderMissing { get; } =
        Program("cc") ?? (File.Exists(FuseHeader) ? null : $"{FuseHeader} is not installed (apt-get install linux-libc-dev)");

    /// <param name="name">a program that must be in PATH or in a system's usual folders</param>
    public static string? Program(string name) => FindProgram(name) is null ? $"{name} is not installed" : null;

    /// <returns>its path, or null</returns>
    public static string? FindProgram(string name) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);

    private static string? Close(SafeFd device)
    {
        device.Dispose();
        return null;
    }
}
