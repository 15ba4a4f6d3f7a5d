using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Mono.Unix.Native;

namespace Nnpfs.TestKit;

/// <summary>
/// One of our programs, or of the system's, as a child process. What it prints goes to a file: what it printed before it
/// answered can be read when its answer is there, which a pipe that a thread empties does not promise.
/// </summary>
public sealed class ChildProgram : IDisposable
{
    // The shell opens the file, and becomes the program: one process, with one id.
    private const string Redirected = "printed=$1; shift; exec \"$@\" </dev/null >>\"$printed\" 2>&1";

    private readonly Process _process;
    private readonly string _printed; // a path
    private string? _all; // after Dispose

    private ChildProgram(Process process, string name, string printed) => (_process, Name, _printed) = (process, name, printed);

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _all is not null || _process.HasExited;

    /// <summary>128 + the signal's number when a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>All that it printed so far, both streams, in the order in which it did; without the last line's end.</summary>
    public string Output
    {
        get
        {
            string text = _all ?? File.ReadAllText(_printed);
            return text.EndsWith('\n') ? text[..^1] : text;
        }
    }

    /// <summary>Descriptors that it has open.</summary>
    public int OpenDescriptors => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    /// <summary>What each of its descriptors leads to: a path, "socket:[N]", "pipe:[N]", "anon_inode:[inotify]" ...</summary>
    public string[] OpenFiles() =>
        [.. Directory.GetFileSystemEntries($"/proc/{Id}/fd").Select(TargetOf).OfType<string>()];

    /// <param name="program">a path, a program of the system, or arlad, nnpfs, nnpfsctl or uloop as built with the tests</param>
    /// <param name="arguments">each as it is: no shell</param>
    public static ChildProgram Start(string program, params string[] arguments)
    {
        string printed = Path.GetTempFileName();
        var start = new ProcessStartInfo("/bin/sh", ["-c", Redirected, "sh", printed, Locate(program), .. arguments]);
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        return new ChildProgram(Process.Start(start)!, Path.GetFileName(program), printed);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>its exit status and all that it printed; it is killed, and -1 answered, after the limit</returns>
    public static (int Status, string Output) Run(string program, params string[] arguments)
    {
        using ChildProgram child = Start(program, arguments);
        if (!child._process.WaitForExit(Patience.Limit * 2))
        {
            child._process.Kill();
            return (-1, $"{program} did not end in time\n{child.Output}");
        }
        return (child.ExitCode, child.Output);
    }

    public static Task<(int Status, string Output)> RunAsync(string program, params string[] arguments) =>
        Task.Run(() => Run(program, arguments));

    /// <summary>Where a program is: one of ours as built with the tests, or the system's.</summary>
    public static string Locate(string program) => program switch
    {
        "arlad" => Built("daemon", program),
        "nnpfs" => Built("driver", program),
        "nnpfsctl" => Built("cli", program),
        "uloop" => Built("uloop", program),
        _ => Facilities.FindProgram(program) ?? program,
    };

    public void Signal(Signum signal) => _ = Syscall.kill(Id, signal);

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Signal(Signum.SIGKILL);
        await WaitForExitAsync();
    }

    /// <returns>its exit status; TimeoutException with its output when it does not end</returns>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(limit ?? Patience.Limit);
            return ExitCode;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Name} (process {Id}) does not end; it printed:\n{Output}");
        }
    }

    public void Dispose()
    {
        if (_all is not null)
            return;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _all = File.ReadAllText(_printed);
        File.Delete(_printed);
        _process.Dispose();
    }

    /// <summary>From the program's own output folder: beside the tests it lacks what their shared frameworks bring.</summary>
    private static string Built(string folder, string program)
    {
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)); // tests/X/bin/Debug/net10.0
        string root = output.Parent!.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, folder, "bin", output.Parent.Name, output.Name, program);
    }

    /// <returns>null: it was closed meanwhile</returns>
    private static string? TargetOf(string link)
    {
        var target = new StringBuilder(4096);
        return Syscall.readlink(link, target, 4096) < 0 ? null : target.ToString();
    }
}
