using System.Net;
using System.Net.Sockets;

namespace Nnpfs.TestKit.Servers;

/// <summary>A real web server over a directory of its own, on a port of 127.0.0.1 that the kernel picked; it ends with the fixture.</summary>
public sealed class WebServer : IDisposable
{
    private const int Attempts = 5; // another process may take the port between the pick and the start
    private readonly Scratch _scratch;
    private readonly ChildProgram _program;

    private WebServer(Scratch scratch, ChildProgram program, int port, string scheme)
    {
        (_scratch, _program) = (scratch, program);
        Url = $"{scheme}://127.0.0.1:{port}/";
        Port = port;
    }

    /// <summary>Ends with "/".</summary>
    public string Url { get; }

    public int Port { get; }

    /// <summary>The directory that it serves.</summary>
    public string Content => _scratch.Directory("content");

    /// <summary>Where its configuration and logs are.</summary>
    public string Folder => _scratch.Root;

    /// <summary>What it printed: for the report of a failure.</summary>
    public string Output => _program.Output;

    public string AccessLog => File.Exists(_scratch.Path("access")) ? File.ReadAllText(_scratch.Path("access")) : "";

    /// <summary>Waits for a line of the access log: a server writes it when the answer is already through.</summary>
    public Task HasLoggedAsync(string text) =>
        Patience.UntilAsync(() => AccessLog.Contains(text, StringComparison.Ordinal), $"'{text}' in the log of {_program.Name}");

    /// <param name="launch">writes what the server needs into the folder, and starts it in the foreground</param>
    /// <param name="scheme">http or https</param>
    internal static async Task<WebServer> StartAsync(Func<Scratch, int, ChildProgram> launch, string scheme)
    {
        for (int attempt = 1; ; attempt++)
        {
            var scratch = new Scratch();
            scratch.Directory("content");
            int port = FreePort();
            ChildProgram program = launch(scratch, port);
            if (await ListensAsync(program, port))
                return new WebServer(scratch, program, port, scheme);
            string output = program.Output;
            program.Dispose();
            scratch.Dispose();
            if (attempt == Attempts)
                throw new InvalidOperationException($"{program.Name} does not start: {output}");
        }
    }

    /// <summary>Writes a file, its time an hour ago: servers take what changed a second ago for uncertain.</summary>
    public void Write(string path, byte[] bytes, DateTime? modified = null)
    {
        string full = Path.Combine(Content, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
        File.SetLastWriteTimeUtc(full, modified ?? DateTime.UtcNow.AddHours(-1));
    }

    public void Dispose()
    {
        _program.Dispose();
        _scratch.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> ListensAsync(ChildProgram program, int port)
    {
        bool connected = false;
        await Patience.UntilAsync(() => program.HasExited || (connected = Connects(port)), $"{program.Name} listens on {port}");
        return connected && !program.HasExited;
    }

    private static bool Connects(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
