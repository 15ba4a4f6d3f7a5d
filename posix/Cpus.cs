using System.Globalization;

namespace Nnpfs.Posix;

/// <summary>The processors: which there are, and on which of them a thread runs.</summary>
/// <remarks>SOURCE: sched_setaffinity(2), Documentation/ABI/testing/sysfs-devices-system-cpu.</remarks>
public static unsafe class Cpus
{
    private const string Folder = "/sys/devices/system/cpu";

    /// <summary>How many the kernel ever reckons with, those included that may be plugged in later.</summary>
    public static int Possible => Read("possible").DefaultIfEmpty(Environment.ProcessorCount - 1).Max() + 1;

    /// <summary>The numbers of those that run now.</summary>
    public static IReadOnlyList<int> Online =>
        Read("online") is { Count: > 0 } online ? online : [.. Enumerable.Range(0, Environment.ProcessorCount)];

    /// <summary>Keeps the calling thread on one processor.</summary>
    /// <returns>zero; EINVAL: it is offline, or not ours to use</returns>
    public static Errno PinThread(int cpu)
    {
        Span<byte> mask = stackalloc byte[1024];
        mask.Clear();
        mask[cpu / 8] = (byte)(1 << (cpu % 8));
        // SAFETY: the kernel reads the length passed, which is the span's own. Thread 0 is the calling one.
        fixed (byte* start = mask)
            return Libc.sched_setaffinity(0, (nuint)mask.Length, start) == 0 ? 0 : Files.LastErrno();
    }

    /// <summary>Reads a list of numbers and ranges: 0-3,8.</summary>
    public static IReadOnlyList<int> Parse(string list)
    {
        var numbers = new List<int>();
        foreach (string range in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int[] ends = [.. range.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture))];
            numbers.AddRange(Enumerable.Range(ends[0], ends[^1] - ends[0] + 1));
        }
        return numbers;
    }

    private static IReadOnlyList<int> Read(string name)
    {
        string file = Path.Combine(Folder, name);
        return File.Exists(file) ? Parse(File.ReadAllText(file)) : [];
    }
}
