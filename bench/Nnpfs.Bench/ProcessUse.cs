using System.Globalization;

namespace Nnpfs.Bench;

/// <summary>What a process uses, as /proc tells it.</summary>
internal static class ProcessUse
{
    private const double TicksPerSecond = 100; // USER_HZ, fixed in the kernel's ABI

    /// <summary>Resident MiB now.</summary>
    public static double Resident(int process) => Status(process, "VmRSS:");

    /// <summary>The most resident MiB ever.</summary>
    public static double Peak(int process) => Status(process, "VmHWM:");

    /// <summary>Seconds of processor time so far, user and system.</summary>
    public static double Seconds(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static double Status(int process, string key)
    {
        string line = File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) / 1024.0;
    }
}
