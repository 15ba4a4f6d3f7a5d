using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Mono.Unix.Native;

namespace Nnpfs.TestKit;

/// <summary>One of our programs, or of the system's, as a child process whose output is kept for the report of a failure.</summary>
public sealed class ChildProgram : IDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private bool _disposed;

    private ChildProgram(Process process, string name)
    {
        _process = process;
        Name = name;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool HasExited => _disposed || _process.HasExited;

    /// <summary>128 + the signal's number when a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>All that it printed so far, both streams, in order of arrival.</summary>
    public string Output
    {
        get
        {
            if (!_disposed && _process.HasExited)
                _process.WaitForExit(); // until its last line has come
            return string.Join('\n', _lines);
        }
    }

    /// <summary>Descriptors that it has open.</summary>
    public int OpenDescriptors => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    /// <summary>What each of its descriptors leads to: a path, "socket:[N]", "pipe:[N]", "anon_inode:[inotify]" ...</summary>
    public string[] OpenFiles() =>
        [.. Directory.GetFileSystemEntries($"/proc/{Id}/fd").Select(TargetOf).OfType<string>()];

    /// <param name="program">a path, a program of the system, or arlad, nnpfs or nnpfsctl as built with the tests</param>
    /// <param name="arguments">each as it is: no shell</param>
    public static ChildProgram Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Locate(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return new ChildProgram(process, Path.GetFileName(program));
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
        child._process.WaitForExit(); // the rest of its output
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
        if (_disposed)
            return;
        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
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

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
