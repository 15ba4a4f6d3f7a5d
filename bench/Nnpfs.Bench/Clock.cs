using System.Diagnostics;

namespace Nnpfs.Bench;

/// <summary>Times an action in seconds, with the kernel's caches dropped before it when asked.</summary>
internal static class Clock
{
    public static double Time(Action action, bool cold)
    {
        if (cold)
            DropCaches();
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Times what is read from a server: its file is in memory, and nothing that was written before is still on its way to the
    /// disk.
    /// </summary>
    public static double TimeServed(Action action, string served)
    {
        Sync();
        Workloads.ReadAll(served, 1 << 20);
        return Time(action, cold: false);
    }

    public static void DropCaches()
    {
        Sync();
        File.WriteAllText("/proc/sys/vm/drop_caches", "3");
    }

    private static void Sync()
    {
        using Process sync = Process.Start("sync");
        sync.WaitForExit();
    }
}
