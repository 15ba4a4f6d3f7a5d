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

    public static void DropCaches()
    {
        using Process sync = Process.Start("sync");
        sync.WaitForExit();
        File.WriteAllText("/proc/sys/vm/drop_caches", "3");
    }
}
