using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Starting;

/// <summary>Tells whoever started us that what we serve is there, or why not: the waiting command through a pipe, or systemd.</summary>
/// <remarks>On the pipe: the exit status in decimal, a newline, and what to print. SOURCE for systemd: sd_notify(3).</remarks>
/// <param name="program">for what is printed: its name</param>
/// <param name="pipe">to the command that waits; null: there is none</param>
/// <param name="errors">where failures are printed when nobody waits</param>
internal sealed class Readiness(string program, SafeFd? pipe, TextWriter errors)
{
    /// <summary>The variable that names the pipe's number.</summary>
    public const string PipeVariable = "NNPFS_READY_FD";

    private const string SystemdVariable = "NOTIFY_SOCKET";

    /// <summary>As the environment says. The variable is taken out of it: it is nobody else's.</summary>
    public static Readiness FromEnvironment(string program, TextWriter errors)
    {
        string? number = Environment.GetEnvironmentVariable(PipeVariable);
        Environment.SetEnvironmentVariable(PipeVariable, null);
        bool inherited = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int fd);
        return new(program, inherited && Pipes.Inherited(fd) is { IsOk: true } opened ? opened.Value : null, errors);
    }

    /// <summary>Somebody waits at the other end of a pipe: we are in the background.</summary>
    public bool InBackground => pipe is not null;

    /// <param name="told">for whoever waits, to print</param>
    public void Succeed(string told = "")
    {
        Tell(new(ExitStatus.Success, told));
        TellSystemd("READY=1");
    }

    public static void Stopping() => TellSystemd("STOPPING=1");

    /// <returns>the failure's exit status</returns>
    public int Fail(Failure failure)
    {
        if (pipe is null)
            errors.WriteLine($"{program}: {failure.Message}");
        Tell(failure);
        return failure.Status;
    }

    /// <summary>Reads what the other end tells. Nothing at all means that it died.</summary>
    /// <param name="reader">of the pipe</param>
    /// <param name="died">what to say then</param>
    /// <param name="told">by a success</param>
    public static Failure? Await(SafeFd reader, string died, out string told)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[1024];
        while (Pipes.Read(reader, buffer).TryGet(out int count, out _) && count > 0)
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        told = "";
        string[] parts = text.ToString().Split('\n', 2);
        if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int status))
            return new(ExitStatus.System, died);
        if (status != ExitStatus.Success)
            return new(status, parts[1]);
        told = parts[1];
        return null;
    }

    private void Tell(Failure failure)
    {
        if (pipe is null || pipe.IsClosed)
            return;
        _ = Pipes.Write(pipe, Encoding.UTF8.GetBytes($"{failure.Status}\n{failure.Message}"));
        pipe.Dispose();
    }

    private static void TellSystemd(string state)
    {
        if (Environment.GetEnvironmentVariable(SystemdVariable) is not { Length: > 1 } path)
            return;
        // A leading @ stands for the abstract name space's NUL.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
        socket.Send(Encoding.ASCII.GetBytes(state));
    }
}
