using System.Diagnostics;
using System.Globalization;

namespace Nnpfs.Bench;

/// <summary>Starts the programs that are measured, waits until they serve, and ends what it started.</summary>
internal sealed class Programs(string work, string bin) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<Process> _started = [];
    private readonly List<string> _mounts = [];

    public Process? Arlad { get; private set; }

    /// <param name="volumes">sections of arlad's configuration</param>
    public void StartArlad(string volumes)
    {
        foreach (string directory in (string[])["dev", "run", "cache"])
            Directory.CreateDirectory(Path.Combine(work, directory));
        string configuration = Path.Combine(work, "arlad.conf");
        File.WriteAllText(configuration, $"""
            [arlad]
            cache = {work}/cache
            channel = {work}/dev/nnpfs0
            admin = {work}/run/admin.sock
            limit-bytes = 20G

            {volumes}
            """);
        Arlad = Start(Path.Combine(bin, "arlad"), "--config", configuration);
        Await(() => Arlad.HasExited ? throw new InvalidOperationException($"arlad ended with status {Arlad.ExitCode}; {work}/arlad.log says why")
            : File.Exists($"{work}/dev/nnpfs0"), "arlad's channel");
    }

    /// <summary>One of our mounts.</summary>
    /// <param name="volume">of arlad's configuration</param>
    /// <param name="name">the column's head, and the mount point's name</param>
    /// <param name="options">for -o</param>
    public Target Mount(string volume, string name, string options)
    {
        string mountPoint = Path.Combine(work, $"mnt-{volume}-{name.Replace('/', '_')}");
        Process driver = StartMount(mountPoint, Path.Combine(bin, "nnpfs"), "mount", volume, mountPoint, "-f", "-o", $"channel={work}/dev/nnpfs0,{options}");
        return new Target(name, mountPoint, LargeOnly: false, [driver.Id, Arlad!.Id]);
    }

    /// <summary>Unmounts what <see cref="StartMount"/> mounted, and waits until its program has ended.</summary>
    public void Unmount(string mountPoint, Process program)
    {
        Process.Start("umount", [mountPoint]).WaitForExit();
        Await(() => program.HasExited, $"the end of {mountPoint}");
        _mounts.Remove(mountPoint);
        _started.Remove(program);
    }

    /// <summary>Starts a program in the foreground that mounts, and waits for its mount.</summary>
    public Process StartMount(string mountPoint, params string[] command)
    {
        Directory.CreateDirectory(mountPoint);
        Process process = Start(command);
        _mounts.Add(mountPoint);
        Await(() => process.HasExited ? throw new InvalidOperationException($"{command[0]} ended with status {process.ExitCode}")
            : File.ReadAllText("/proc/self/mountinfo").Contains($" {mountPoint}", StringComparison.Ordinal), mountPoint);
        return process;
    }

    /// <param name="command">the program and its arguments</param>
    public Process Start(params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true };
        Process process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Log(command[0], line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _started.Add(process);
        return process;
    }

    /// <summary>nnpfsctl, to arlad.</summary>
    public void Control(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(bin, "nnpfsctl"), ["--socket", $"{work}/run/admin.sock", .. arguments]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        string said = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"nnpfsctl {string.Join(' ', arguments)} ended with status {child.ExitCode}: {said}");
    }

    public static void Await(Func<bool> ready, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!ready())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"{what} did not come up in {Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
            Thread.Sleep(20);
        }
    }

    public void Dispose()
    {
        foreach (string mountPoint in _mounts)
            Process.Start("umount", ["-l", mountPoint]).WaitForExit();
        foreach (Process process in Enumerable.Reverse(_started).Where(p => !p.HasExited))
        {
            process.Kill(entireProcessTree: true); // nginx' workers hold its output open
            process.WaitForExit(Patience);
        }
    }

    private void Log(string program, string? line)
    {
        if (line is not null)
            File.AppendAllText(Path.Combine(work, Path.GetFileName(program) + ".log"), line + "\n");
    }
}
