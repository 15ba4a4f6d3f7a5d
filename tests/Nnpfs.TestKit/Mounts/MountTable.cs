using System.Globalization;

namespace Nnpfs.TestKit;

/// <summary>What is mounted in this namespace, and the way to end a mount whose driver does not answer.</summary>
/// <remarks>SOURCE: proc_pid_mountinfo(5); Documentation/filesystems/fuse.rst, the control filesystem.</remarks>
public static class MountTable
{
    private const string Connections = "/sys/fs/fuse/connections";

    public static bool IsMounted(string mountPoint) => Find(mountPoint) is not null;

    /// <summary>Makes every request that waits at this mount fail, now. Nothing that has to do with the mount hangs after it.</summary>
    public static void Abort(string mountPoint)
    {
        if (Find(mountPoint) is not { } device)
            return;
        string abort = $"{Connections}/{device}/abort";
        if (!File.Exists(abort))
            ChildProgram.Run("mount", "-t", "fusectl", "none", Connections);
        if (File.Exists(abort))
            File.WriteAllText(abort, "1");
    }

    /// <summary>Takes the mount away whatever its state: aborts it, then detaches it.</summary>
    public static void Remove(string mountPoint)
    {
        Abort(mountPoint);
        for (int tries = 0; tries < 10 && IsMounted(mountPoint); tries++)
            ChildProgram.Run("umount", "-l", mountPoint);
    }

    /// <returns>the minor number of its device, the name of its control folder; null when nothing is mounted there</returns>
    private static string? Find(string mountPoint)
    {
        string escaped = mountPoint.Replace("\\", "\\134", StringComparison.Ordinal).Replace(" ", "\\040", StringComparison.Ordinal);
        return File.ReadLines("/proc/self/mountinfo")
            .Select(line => line.Split(' '))
            .Where(fields => fields[4] == escaped)
            .Select(fields => int.Parse(fields[2].Split(':')[1], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture))
            .LastOrDefault();
    }
}
