using Nnpfs.Posix;

namespace Nnpfs.Fuse.Starting;

/// <summary>Starts this program again, in a session of its own, and waits until it says that it is ready.</summary>
/// <remarks>A process with many threads cannot fork; so the child begins anew, with --foreground, and a pipe to tell us through.</remarks>
internal static class Background
{
    private const int ReadyNumber = 3; // what the child finds the pipe under

    /// <param name="arguments">of the child, which must make it stay in the foreground</param>
    /// <param name="died">what to say where it ends without a word</param>
    /// <param name="told">what it says when it is ready</param>
    public static Failure? Start(IReadOnlyList<string> arguments, string died, out string told)
    {
        told = "";
        if (!Pipes.Create().TryGet(out (SafeFd Reader, SafeFd Writer) pipe, out Errno errno))
            return new(ExitStatus.System, $"no pipe: {errno}");
        using SafeFd reader = pipe.Reader;
        using (pipe.Writer)
        {
            errno = Spawn(arguments, pipe.Writer);
            if (errno != 0)
                return new(ExitStatus.System, $"cannot start {Environment.ProcessPath} again: {errno}");
        }
        return Readiness.Await(reader, died, out told);
    }

    private static Errno Spawn(IReadOnlyList<string> arguments, SafeFd ready)
    {
        if (!Files.Open("/dev/null", OpenModes.ReadWrite).TryGet(out SafeFd? nothing, out Errno errno))
            return errno;
        using (nothing)
        {
            var start = new ChildStart(Environment.ProcessPath!, [.. OwnPrefix(), .. arguments])
            {
                Descriptors = new Dictionary<int, SafeFd> { [0] = nothing, [1] = nothing, [2] = nothing, [ReadyNumber] = ready },
                Environment = new Dictionary<string, string> { [Readiness.PipeVariable] = $"{ReadyNumber}" },
                NewSession = true,
            };
            return Child.Start(start).Errno;
        }
    }

    /// <summary>Run as "dotnet nnpfs.dll", the program's own first argument is its dll.</summary>
    private static string[] OwnPrefix() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
}
