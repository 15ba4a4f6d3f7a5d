using System.Globalization;

namespace Nnpfs.Posix;

/// <summary>Names one process for good: its number may be given again, with another start.</summary>
/// <param name="Pid">in our PID namespace</param>
/// <param name="Start">clock ticks between boot and its start</param>
/// <remarks>SOURCE: proc_pid_stat(5), pidfd_open(2), pidfd_getfd(2), pidfd_send_signal(2).</remarks>
public readonly record struct ProcessKey(int Pid, ulong Start)
{
    private const nint SysSendSignal = 424, SysOpen = 434, SysGetFd = 438; // the same numbers on every architecture
    private const int Kill = 9;

    public static ProcessKey Own { get; } = Of(Environment.ProcessId) ?? throw new InvalidOperationException("/proc is not mounted.");

    /// <summary>Runs, and is not merely waiting to be buried.</summary>
    public bool IsAlive() => Of(Pid) == this;

    /// <returns>null: there is none of that number, or it has ended</returns>
    public static ProcessKey? Of(int pid)
    {
        try
        {
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // the name before may hold anything
            return fields[0] is "Z" or "X" ? null : new(pid, ulong.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>An opening that the process has, shared with it.</summary>
    /// <returns>ESRCH: it has ended; EBADF: it has nothing of that number; EPERM: not root</returns>
    public Result<SafeFd> Share(int number)
    {
        if (!OpenSame().TryGet(out SafeFd? process, out Errno errno))
            return errno;
        using (process)
        {
            nint fd = Libc.pidfd_getfd(SysGetFd, process, number, 0);
            return fd >= 0 ? new SafeFd((int)fd) : Files.LastErrno();
        }
    }

    /// <summary>Ends it by SIGKILL; nobody else of its number is hit.</summary>
    /// <returns>zero; ESRCH: it has ended already; EPERM</returns>
    public unsafe Errno End()
    {
        if (!OpenSame().TryGet(out SafeFd? process, out Errno errno))
            return errno;
        // SAFETY: no memory is passed.
        using (process)
            return Libc.pidfd_send_signal(SysSendSignal, process, Kill, null, 0) == 0 ? 0 : Files.LastErrno();
    }

    private Result<SafeFd> OpenSame()
    {
        nint opened = Libc.pidfd_open(SysOpen, Pid, 0);
        if (opened < 0)
            return Files.LastErrno();
        var process = new SafeFd((int)opened);
        if (IsAlive()) // asked after it was opened: so it is the one that is open
            return process;
        process.Dispose();
        return Errno.ESRCH;
    }
}
