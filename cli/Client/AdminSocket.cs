using System.Net.Sockets;

namespace Nnpfs.Cli.Client;

/// <summary>The way to arlad: its Unix socket, and what to do where there is none.</summary>
internal static class AdminSocket
{
    public const string Default = "/var/lib/nnpfs/jail/run/admin.sock";
    public const string Variable = "NNPFS_ADMIN";

    public static string FromEnvironment() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : Default;

    public static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Cause and cure, in one line.</summary>
    public static string WhyNot(string path, SocketException? error) => error?.SocketErrorCode switch
    {
        SocketError.AccessDenied => $"{path} may not be opened by this user: use sudo",
        SocketError.ConnectionRefused => $"arlad is not running: its socket {path} is there, and nobody listens. Start it with"
            + " chroot-setup/up, or systemctl start arlad",
        SocketError.AddressNotAvailable or SocketError.HostNotFound => Missing(path),
        _ when !Exists(path) => Missing(path),
        null => $"{path} does not speak HTTP/2: is that arlad's admin socket?",
        _ => $"arlad cannot be reached at {path}: {error.Message}",
    };

    private static string Missing(string path) => $"arlad is not running: there is no socket {path}. Start it with chroot-setup/up, or"
        + $" systemctl start arlad; or say where it is with --socket or {Variable}";

    private static bool Exists(string path) => File.Exists(path);
}
