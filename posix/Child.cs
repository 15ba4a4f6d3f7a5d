using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>A program to start.</summary>
/// <param name="File">a path, or a name to look for in PATH</param>
/// <param name="Arguments">without the program's own name</param>
public sealed record ChildStart(string File, IReadOnlyList<string> Arguments)
{
    /// <summary>Variables set besides, or instead of, our own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// What the child finds under which number: 0, 1 and 2 as well. What is not named it inherits of those three, and nothing
    /// else.
    /// </summary>
    public IReadOnlyDictionary<int, SafeFd> Descriptors { get; init; } = new Dictionary<int, SafeFd>();

    /// <summary>A session of its own, without our terminal: what a daemon needs.</summary>
    public bool NewSession { get; init; }
}

/// <summary>A process that we started, with descriptors handed over: what System.Diagnostics.Process cannot do.</summary>
/// <remarks>SOURCE: posix_spawn(3), waitpid(2).</remarks>
public sealed unsafe class Child
{
    private const short SetSigDefault = 0x04, SetSigMask = 0x08, SetSession = 0x80; // POSIX_SPAWN_*
    private const int SignalSetSize = 128;                                          // sigset_t

    private Child(int pid) => Pid = pid;

    public int Pid { get; }

    /// <returns>ENOENT: no such program; EACCES: it cannot be run</returns>
    public static Result<Child> Start(ChildStart start)
    {
        using var arguments = new StringVector([start.File, .. start.Arguments]);
        using var environment = new StringVector(MergedEnvironment(start.Environment));
        byte* actions = stackalloc byte[Libc.SpawnStructSize];
        byte* attributes = stackalloc byte[Libc.SpawnStructSize];
        // SAFETY: both structs have room to spare, are initialised before and destroyed after use; the vectors end with a null.
        _ = Libc.posix_spawn_file_actions_init(actions);
        _ = Libc.posix_spawnattr_init(attributes);
        try
        {
            SetSignals(attributes, start.NewSession);
            foreach ((int number, SafeFd fd) in start.Descriptors)
                _ = Libc.posix_spawn_file_actions_adddup2(actions, fd.Number, number);
            int pid;
            int error = Libc.posix_spawnp(&pid, arguments.Items[0], actions, attributes, arguments.Items, environment.Items);
            GC.KeepAlive(start);
            return error == 0 ? new Child(pid) : (Errno)error;
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(actions);
            _ = Libc.posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>Waits for its end. To be called once.</summary>
    /// <returns>its exit status; 128 and the signal's number where one ended it; ECHILD: somebody else has waited for it</returns>
    public Result<int> Wait()
    {
        int status;
        // SAFETY: waitpid writes one integer, which is on our stack.
        while (Libc.waitpid(Pid, &status, 0) < 0)
        {
            if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
        int signal = status & 0x7f;
        return signal != 0 ? 128 + signal : (status >> 8) & 0xff;
    }

    /// <summary>The runtime ignores SIGPIPE; the child starts with every signal open and at its default.</summary>
    private static void SetSignals(byte* attributes, bool newSession)
    {
        byte* none = stackalloc byte[SignalSetSize];
        byte* pipe = stackalloc byte[SignalSetSize];
        new Span<byte>(none, SignalSetSize).Clear();
        new Span<byte>(pipe, SignalSetSize).Clear();
        pipe[1] = 0x10; // bit 12: SIGPIPE is signal 13
        _ = Libc.posix_spawnattr_setsigmask(attributes, none);
        _ = Libc.posix_spawnattr_setsigdefault(attributes, pipe);
        _ = Libc.posix_spawnattr_setflags(attributes, (short)(SetSigDefault | SetSigMask | (newSession ? SetSession : 0)));
    }

    private static List<string> MergedEnvironment(IReadOnlyDictionary<string, string> added)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry pair in Environment.GetEnvironmentVariables())
            merged[(string)pair.Key] = (string?)pair.Value ?? "";
        foreach ((string name, string value) in added)
            merged[name] = value;
        return [.. merged.Select(pair => $"{pair.Key}={pair.Value}")];
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed class StringVector : IDisposable
    {
        private readonly int _count;

        public StringVector(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            // SAFETY: one pointer more than strings, zeroed, so that the array ends with a null.
            Items = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
            for (int i = 0; i < _count; i++)
                Items[i] = (byte*)Marshal.StringToCoTaskMemUTF8(strings[i]);
        }

        public byte** Items { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++)
                Marshal.FreeCoTaskMem((nint)Items[i]);
            NativeMemory.Free(Items);
        }
    }
}
