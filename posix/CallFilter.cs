using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>Takes system calls away from this process, every thread of it, for good: they answer EPERM.</summary>
/// <remarks>
/// A list of what a file server never needs, not of all that it does: the runtime must stay free to change what it calls.
/// SOURCE: seccomp(2), linux/seccomp.h, linux/filter.h, asm/unistd_64.h, asm-generic/unistd.h.
/// </remarks>
public static unsafe class CallFilter
{
    private const uint SetModeFilter = 1, SyncThreads = 1;
    private const uint Allow = 0x7FFF0000, Fail = 0x00050000;
    private const ushort LoadWord = 0x20, JumpEqual = 0x15, JumpAtLeast = 0x35, JumpAnyBit = 0x45, Return = 0x06;
    private const uint AtNumber = 0, AtArchitecture = 4, AtFirstArgument = 16; // offsets in struct seccomp_data
    private const uint X32Bit = 0x40000000;
    private const uint NewNamespaces = 0x7E020000; // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET

    /// <summary>The calls taken away, with their numbers on x86-64 and arm64; -1 = it has none.</summary>
    private static readonly (string Name, int X64, int Arm64)[] Denied =
    [
        ("execve", 59, 221), ("execveat", 322, 281),
        ("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41), ("chroot", 161, 51), ("move_mount", 429, 429),
        ("open_tree", 428, 428), ("fsopen", 430, 430), ("fsconfig", 431, 431), ("fsmount", 432, 432), ("fspick", 433, 433),
        ("mount_setattr", 442, 442), ("open_tree_attr", 467, 467), ("statmount", 457, 457), ("listmount", 458, 458),
        ("setns", 308, 268), ("unshare", 272, 97),
        ("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271), ("kcmp", 312, 272), ("pidfd_getfd", 438, 438),
        ("open_by_handle_at", 304, 265), ("mknod", 133, -1), ("mknodat", 259, 33), ("fanotify_init", 300, 262),
        ("keyctl", 250, 219), ("add_key", 248, 217), ("request_key", 249, 218),
        ("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282), ("io_uring_setup", 425, 425),
        ("kexec_load", 246, 104), ("kexec_file_load", 320, 294), ("init_module", 175, 105), ("finit_module", 313, 273), ("delete_module", 176, 106),
        ("reboot", 169, 142), ("swapon", 167, 224), ("swapoff", 168, 225), ("acct", 163, 89), ("syslog", 103, 116), ("quotactl", 179, 60),
        ("quotactl_fd", 443, 443), ("settimeofday", 164, 170), ("clock_settime", 227, 112), ("adjtimex", 159, 171), ("clock_adjtime", 305, 266),
        ("sethostname", 170, 161), ("setdomainname", 171, 162), ("vhangup", 153, 58), ("personality", 135, 92),
        ("iopl", 172, -1), ("ioperm", 173, -1), ("modify_ldt", 154, -1),
    ];

    /// <summary>Installs the filter. This sets no_new_privs for every thread as well.</summary>
    /// <returns>ENOSYS or EINVAL: a kernel without it; ENOTSUP: an unknown processor</returns>
    public static Errno Install()
    {
        if (Program() is not { } steps)
            return Errno.EOPNOTSUPP;
        if (Privileges.SetNoNewPrivileges() is var errno && errno != 0)
            return errno;
        nint number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 317 : 277;
        // SAFETY: the kernel copies the steps, which are pinned, and of which it is told the count.
        fixed (Libc.FilterStep* start = steps)
        {
            var program = new Libc.FilterProgram { Count = (ushort)steps.Length, Steps = start };
            return Libc.seccomp(number, SetModeFilter, SyncThreads, &program) == 0 ? 0 : Files.LastErrno();
        }
    }

    private static Libc.FilterStep[]? Program() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => Program(0xC000003E, [.. Denied.Select(call => call.X64)], clone: 56),
        Architecture.Arm64 => Program(0xC00000B7, [.. Denied.Select(call => call.Arm64)], clone: 220),
        _ => null,
    };

    private static Libc.FilterStep[] Program(uint architecture, int[] denied, uint clone)
    {
        Libc.FilterStep deny = new(Return, 0, 0, Fail | (uint)Errno.EPERM);
        List<Libc.FilterStep> steps =
        [
            // Another architecture's calls (32-bit ones, x32) have other numbers: none is allowed.
            new(LoadWord, 0, 0, AtArchitecture),
            new(JumpEqual, 1, 0, architecture), deny,
            new(LoadWord, 0, 0, AtNumber),
            new(JumpAtLeast, 0, 1, X32Bit), deny,
        ];
        foreach (int call in denied.Where(call => call >= 0))
            steps.AddRange([new(JumpEqual, 0, 1, (uint)call), deny]);
        steps.AddRange(
        [
            // clone3 hides its flags in memory: libc falls back to clone, which shows them.
            new(JumpEqual, 0, 1, 435), new(Return, 0, 0, Fail | (uint)Errno.ENOSYS),
            new(JumpEqual, 0, 3, clone),
            new(LoadWord, 0, 0, AtFirstArgument),
            new(JumpAnyBit, 0, 1, NewNamespaces), deny,
            new(Return, 0, 0, Allow),
        ]);
        return [.. steps];
    }
}
