using System.Globalization;

namespace Nnpfs.Posix;

/// <summary>Whether a signal that waits for a process will end it.</summary>
/// <remarks>SOURCE: proc_pid_status(5), signal(7). A fatal signal is there as SIGKILL in each thread, whatever it was.</remarks>
public static class PendingSignals
{
    private const ulong Kill = 1UL << (9 - 1);

    // CHLD, CONT, STOP, TSTP, TTIN, TTOU, URG, WINCH: their default is not the end.
    private static readonly ulong Harmless = Of(17, 18, 19, 20, 21, 22, 23, 28);

    /// <param name="process">of our PID namespace</param>
    /// <returns>false also where the process is gone, or may not be looked at</returns>
    public static bool EndProcess(uint process)
    {
        try
        {
            return End(File.ReadLines($"/proc/{process}/status"));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <param name="status">lines of /proc/PID/status</param>
    public static bool End(IEnumerable<string> status)
    {
        ulong own = 0, shared = 0, blocked = 0, ignored = 0, caught = 0;
        foreach (string line in status)
        {
            ulong set = line.StartsWith("Sig", StringComparison.Ordinal) || line.StartsWith("ShdPnd", StringComparison.Ordinal) ? Mask(line) : 0;
            switch (line.Split(':')[0])
            {
                case "SigPnd": own = set; break;
                case "ShdPnd": shared = set; break;
                case "SigBlk": blocked = set; break;
                case "SigIgn": ignored = set; break;
                case "SigCgt": caught = set; break;
            }
        }
        return (own & Kill) != 0 || ((own | shared) & ~(blocked | ignored | caught | Harmless)) != 0;
    }

    private static ulong Mask(string line) =>
        ulong.TryParse(line.Split(':')[1].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask) ? mask : 0;

    private static ulong Of(params int[] signals) => signals.Aggregate(0UL, static (mask, signal) => mask | 1UL << (signal - 1));
}
