using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Daemon;

/// <summary>Makes arlad a user with nothing to lose, and proves it, before it opens anything.</summary>
/// <remarks>
/// Started as root it gives all up and executes itself again; the second start finds itself to be that user, checks what
/// the kernel says of each of its threads, and takes away the system calls that it never needs. The chroot and the
/// namespaces are chroot-setup's work.
/// </remarks>
internal static class Confinement
{
    /// <param name="user">whom to become; -1 = stay as started (development)</param>
    /// <param name="group">as <paramref name="user"/></param>
    /// <returns>null: go on; else why arlad must not go on</returns>
    public static string? Enter(int user, int group)
    {
        if (user < 0 && group < 0)
            return null;
        if (user <= 0 || group <= 0)
            return "uid and gid must both be given, and neither may be 0";
        if (Privileges.IsRoot)
        {
            (string step, Errno errno) = Privileges.DropAndRestart((uint)user, (uint)group);
            return $"arlad cannot give up root's privileges: {step} failed with {errno}. Is it really root, in its own user namespace's sense?";
        }
        Errno filtered = CallFilter.Install();
        return filtered == 0 ? Check(user, group)
            : $"the system call filter cannot be installed ({filtered}): arlad needs a kernel with CONFIG_SECCOMP_FILTER";
    }

    /// <summary>Every thread's status must say that nothing is left.</summary>
    private static string? Check(int user, int group)
    {
        foreach (string thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            string[] lines;
            try
            {
                lines = File.ReadAllLines(Path.Combine(thread, "status"));
            }
            catch (IOException)
            {
                continue; // the thread has just ended
            }
            if (lines.FirstOrDefault(line => !IsHarmless(line, user, group)) is { } bad)
                return $"arlad still has more than it should: \"{bad.Replace('\t', ' ')}\" in {thread}/status";
        }
        return null;
    }

    private static bool IsHarmless(string line, int user, int group)
    {
        int colon = line.IndexOf(':');
        string[] values = line[(colon + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return line[..Math.Max(colon, 0)] switch
        {
            "Uid" => All(values, user),
            "Gid" => All(values, group),
            "Groups" => values.Length == 0 || All(values, group),
            "CapInh" or "CapPrm" or "CapEff" or "CapBnd" or "CapAmb" => All(values, 0),
            "NoNewPrivs" => All(values, 1),
            "Seccomp" => All(values, 2),
            _ => true,
        };
    }

    private static bool All(string[] values, long expected) =>
        Array.TrueForAll(values, value => ulong.TryParse(value, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong hex)
            && (hex == 0 ? expected == 0 : value == expected.ToString(CultureInfo.InvariantCulture)));
}
