using System.Net.Sockets;
using System.Text;

namespace Nnpfs.Daemon;

/// <summary>Tells systemd how far arlad has come, where systemd asked to be told.</summary>
/// <remarks>SOURCE: sd_notify(3).</remarks>
internal static class SystemdNotice
{
    public static void Send(string state)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not { Length: > 0 } path)
            return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? '\0' + path[1..] : path));
        }
        catch (SocketException)
        {
            // The jail does not hold systemd's socket: it then takes the process itself for the sign.
        }
    }
}
