using System.Net.Sockets;
using Mono.Unix.Native;

namespace Nnpfs.TestKit;

/// <summary>An arlad of one test, in a child process: unconfined, with a configuration and a cache of its own.</summary>
public sealed class TestArlad : IAsyncDisposable
{
    private readonly bool _ownsScratch;
    private readonly string _volumes;
    private readonly string _settings;
    private readonly string[] _launcher;

    private TestArlad(Scratch scratch, bool ownsScratch, string volumes, string settings, string[] launcher)
    {
        Scratch = scratch;
        _launcher = launcher;
        (_ownsScratch, _volumes, _settings) = (ownsScratch, volumes, settings);
        Cache = scratch.Directory("cache");
        Channel = Path.Combine(scratch.Directory("dev"), "nnpfs0");
        Admin = Path.Combine(scratch.Directory("run"), "admin.sock");
        Configuration = scratch.Path("arlad.conf");
    }

    public Scratch Scratch { get; }

    public string Cache { get; }

    public string Channel { get; }

    public string Admin { get; }

    public string Configuration { get; }

    /// <summary>The process that runs now, or that ran last.</summary>
    public ChildProgram Program { get; private set; } = null!;

    /// <param name="volumes">the volumes' sections of the configuration, each with its "[volume NAME]" line</param>
    /// <param name="settings">lines for its [arlad] section besides the paths</param>
    /// <param name="scratch">null = one of its own, removed with it</param>
    /// <param name="launcher">a program and its arguments that becomes arlad, whose path and arguments follow; null = none</param>
    public static async Task<TestArlad> StartAsync(string volumes, string settings = "", Scratch? scratch = null, string[]? launcher = null)
    {
        var arlad = new TestArlad(scratch ?? new Scratch(), scratch is null, volumes, settings, launcher ?? []);
        try
        {
            arlad.Configure(volumes, settings);
            await arlad.StartAsync();
            return arlad;
        }
        catch
        {
            await arlad.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes its configuration anew; it counts from the next start.</summary>
    public void Configure(string? volumes = null, string? settings = null) => File.WriteAllText(Configuration, $"""
        [arlad]
        cache = {Cache}
        channel = {Channel}
        admin = {Admin}
        {settings ?? _settings}

        {volumes ?? _volumes}
        """);

    /// <summary>Starts it and returns when both of its sockets take connections.</summary>
    public async Task StartAsync()
    {
        File.Delete(Channel); // of one that was killed: its socket must not look like the new one's
        File.Delete(Admin);
        string[] command = [.. _launcher, ChildProgram.Locate("arlad"), "--config", Configuration];
        Program = ChildProgram.Start(command[0], command[1..]);
        await Patience.UntilAsync(
            () => Program.HasExited ? throw new InvalidOperationException($"arlad ended with {Program.ExitCode}:\n{Program.Output}")
                : File.Exists(Channel) && File.Exists(Admin),
            "arlad's sockets");
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => Program.KillAsync();

    /// <summary>SIGTERM, and its exit status.</summary>
    public Task<int> StopAsync()
    {
        Program.Signal(Signum.SIGTERM);
        return Program.WaitForExitAsync();
    }

    /// <summary>Stops it if it runs, kindly, and starts it again over the same cache and configuration.</summary>
    public async Task RestartAsync()
    {
        if (!Program.HasExited)
            await StopAsync();
        Program.Dispose();
        await StartAsync();
    }

    /// <summary>nnpfsctl with this arlad's socket. Its options come after the command's name.</summary>
    public Task<(int Status, string Output)> ControlAsync(params string[] arguments) =>
        ChildProgram.RunAsync("nnpfsctl", ["--socket", Admin, .. arguments]);

    /// <summary>As <see cref="ControlAsync"/>; throws with what it printed when it fails.</summary>
    public async Task<string> CommandAsync(params string[] arguments)
    {
        (int status, string output) = await ControlAsync(arguments);
        return status == 0 ? output : throw new InvalidOperationException($"nnpfsctl {string.Join(' ', arguments)}: status {status}\n{output}");
    }

    /// <summary>A metric's value, summed over its labels. See docs/metrics.md.</summary>
    public async Task<double> MetricAsync(string name) => (await MetricsAsync()).Sum(name);

    public async Task<MetricsText> MetricsAsync()
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = ConnectAsync };
        using var http = new HttpClient(handler);
        return new(await http.GetStringAsync(new Uri("http://localhost/metrics")));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Program is { HasExited: false })
            {
                await Leaks.CheckAsync(this);
                await StopAsync();
            }
        }
        finally
        {
            Program?.Dispose();
            if (_ownsScratch)
                Scratch.Dispose();
        }
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Admin), cancel);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
