using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace Nnpfs.Bench.Scale;

/// <summary>One folder with an origin, a cache and arlad's sockets; the programs that run there end with it.</summary>
internal sealed class Site(string folder, string bin) : IDisposable
{
    private readonly Programs _programs = new(folder, bin);
    private Process? _arlad;

    public string Cache => Made("cache");

    /// <summary>Of arlad.</summary>
    public int Process => _arlad!.Id;

    private string Admin => Path.Combine(Made("run"), "admin.sock");

    private string Channel => Path.Combine(Made("dev"), "nnpfs0");

    /// <summary>A directory of the folder, made where it is not there.</summary>
    public string Made(string name) => Directory.CreateDirectory(Path.Combine(folder, name)).FullName;

    /// <summary>Starts arlad over the cache.</summary>
    /// <param name="volumes">each with the directory that is its origin</param>
    /// <param name="status">seconds until nnpfsctl status has answered</param>
    /// <returns>seconds until both of its sockets took a connection</returns>
    public double StartArlad(IEnumerable<string> volumes, out double status)
    {
        string configuration = Path.Combine(folder, "arlad.conf");
        File.WriteAllText(configuration, $"""
            [arlad]
            cache = {Cache}
            channel = {Channel}
            admin = {Admin}
            limit-bytes = 60G
            limit-nodes = 100000000

            {string.Concat(volumes.Select(volume => $"[volume {volume}]\norigin = {Made(volume)}\n\n"))}
            """);
        File.Delete(Admin);
        File.Delete(Channel);
        long start = Stopwatch.GetTimestamp();
        _arlad = _programs.Start(Path.Combine(bin, "arlad"), "--config", configuration);
        while (!Takes(Channel, SocketType.Seqpacket) || !Takes(Admin, SocketType.Stream))
        {
            if (_arlad.HasExited)
                throw new InvalidOperationException($"arlad ended with status {_arlad.ExitCode}; {folder}/arlad.log says why");
            Thread.Sleep(1);
        }
        double ready = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Control("status");
        status = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return ready;
    }

    public void StopArlad()
    {
        System.Diagnostics.Process.Start("kill", [Process.ToString(CultureInfo.InvariantCulture)]).WaitForExit();
        _arlad!.WaitForExit();
    }

    /// <returns>the mount point, and the driver</returns>
    public (string Path, Process Driver) Mount(string volume, string name = "mnt", string options = "")
    {
        string mountPoint = Path.Combine(folder, name);
        return (mountPoint, _programs.StartMount(mountPoint, Path.Combine(bin, "nnpfs"), "mount", volume, mountPoint, "-f", "-o", $"channel={Channel},{options}"));
    }

    public void Unmount((string Path, Process Driver) mount) => _programs.Unmount(mount.Path, mount.Driver);

    /// <summary>What nnpfsctl prints.</summary>
    public string Control(string command, params string[] arguments)
    {
        using Process control = System.Diagnostics.Process.Start(
            new ProcessStartInfo(Path.Combine(bin, "nnpfsctl"), [command, "--socket", Admin, .. arguments]) { RedirectStandardOutput = true })!;
        string said = control.StandardOutput.ReadToEnd();
        control.WaitForExit();
        return control.ExitCode == 0 ? said : throw new InvalidOperationException($"nnpfsctl {command} ended with status {control.ExitCode}");
    }

    /// <summary>A metric's value, summed over its labels: docs/metrics.md.</summary>
    public double Metric(string name)
    {
        using JsonDocument stats = JsonDocument.Parse(Control("stats", "--json", "--all"));
        return stats.RootElement.GetProperty("metrics").EnumerateArray()
            .Where(metric => metric.GetProperty("name").GetString() == name).Sum(metric => metric.GetProperty("value").GetDouble());
    }

    public void Dispose() => _programs.Dispose();

    private static bool Takes(string path, SocketType type)
    {
        using var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
