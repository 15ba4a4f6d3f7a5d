using System.Text;

namespace Nnpfs.Posix;

/// <summary>Gives up, for good, what a process started as root may do.</summary>
/// <remarks>SOURCE: capabilities(7), setresuid(2), prctl(2), execve(2).</remarks>
public static unsafe class Privileges
{
    private const uint CapabilityVersion3 = 0x20080522;
    private const int MaxCapability = 63;

    public static bool IsRoot => Libc.geteuid() == 0;

    public static uint User => Libc.geteuid();

    public static uint Group => Libc.getegid();

    /// <summary>Becomes another user without any capability or group besides, and executes the same program again with the same arguments.</summary>
    /// <remarks>
    /// Capabilities and no_new_privs are a thread's own, and the runtime has several already: only the execve, which ends all
    /// threads but this one, makes what is given up here hold for the whole process.
    /// </remarks>
    /// <param name="user">not 0</param>
    /// <param name="group">not 0</param>
    /// <returns>only on failure: what was tried, and its errno. The process is then half stripped: it must end</returns>
    public static (string Step, Errno Errno) DropAndRestart(uint user, uint group)
    {
        if (user == 0 || group == 0)
            return ("becoming root", Errno.EINVAL);
        for (nuint capability = 0; capability <= MaxCapability; capability++)
        {
            // EINVAL: the kernel has no capability of that number.
            if (Libc.prctl(Libc.PrCapbsetDrop, capability, 0, 0, 0) != 0 && Files.LastErrno() is var errno && errno != Errno.EINVAL)
                return ("dropping the capability bounding set", errno);
        }
        if (Libc.prctl(Libc.PrCapAmbient, Libc.PrCapAmbientClearAll, 0, 0, 0) != 0)
            return ("clearing the ambient capabilities", Files.LastErrno());
        // SAFETY: a count of zero reads nothing.
        if (Libc.setgroups(0, null) != 0)
            return ("setgroups", Files.LastErrno());
        if (Libc.setresgid(group, group, group) != 0)
            return ("setresgid", Files.LastErrno());
        if (Libc.setresuid(user, user, user) != 0)
            return ("setresuid", Files.LastErrno());
        if (ClearCapabilities() is var cleared && cleared != 0)
            return ("capset", cleared);
        if (Libc.prctl(Libc.PrSetNoNewPrivs, 1, 0, 0, 0) != 0)
            return ("no_new_privs", Files.LastErrno());
        return ("executing /proc/self/exe", Restart());
    }

    /// <summary>No execve of this thread or its children gains anything any more.</summary>
    public static Errno SetNoNewPrivileges() => Libc.prctl(Libc.PrSetNoNewPrivs, 1, 0, 0, 0) == 0 ? 0 : Files.LastErrno();

    private static Errno ClearCapabilities()
    {
        var header = new Libc.CapabilityHeader { Version = CapabilityVersion3 };
        Libc.CapabilityData* none = stackalloc Libc.CapabilityData[2];
        // SAFETY: version 3 reads two data structs, both zero on our stack.
        return Libc.capset(&header, none) == 0 ? 0 : Files.LastErrno();
    }

    /// <summary>The kernel's own copy of the arguments goes to the new image, byte for byte.</summary>
    private static Errno Restart()
    {
        byte[] arguments = File.ReadAllBytes("/proc/self/cmdline"); // each is followed by a NUL
        int count = arguments.Count(b => b == 0);
        byte** pointers = stackalloc byte*[count + 1];
        // SAFETY: every pointer is within the pinned array, whose strings are terminated; the list ends with a null.
        fixed (byte* start = arguments)
        fixed (byte* path = "/proc/self/exe\0"u8)
        {
            int at = 0;
            for (int i = 0; i < count; i++)
            {
                pointers[i] = start + at;
                at = Array.IndexOf(arguments, (byte)0, at) + 1;
            }
            pointers[count] = null;
            Libc.execv(path, pointers);
        }
        return Files.LastErrno();
    }
}
