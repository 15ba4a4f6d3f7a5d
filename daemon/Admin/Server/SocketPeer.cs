using System.Net.Sockets;
using System.Runtime.InteropServices;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Admin.Server;

/// <summary>Who is at the other end of one of Kestrel's Unix sockets, as the kernel knew them when they connected.</summary>
/// <remarks>SOURCE: unix(7), SO_PEERCRED and SO_PEERGROUPS (linux/socket.h).</remarks>
internal static class SocketPeer
{
    private const int SolSocket = 1, SoPeerCred = 17, SoPeerGroups = 59;
    private const int CredentialLength = 12; // struct ucred: pid, uid, gid
    private const int MaxGroups = 65536;     // NGROUPS_MAX

    /// <returns>null when the kernel does not tell: then nobody is let in</returns>
    public static PeerCredentials? Of(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[CredentialLength];
        if (!TryGet(socket, SoPeerCred, credentials, out int length) || length != CredentialLength)
            return null;
        byte[] groups = new byte[MaxGroups * sizeof(uint)];
        if (!TryGet(socket, SoPeerGroups, groups, out length))
            return null;
        return new(
            MemoryMarshal.Read<int>(credentials),
            MemoryMarshal.Read<uint>(credentials[4..]),
            MemoryMarshal.Read<uint>(credentials[8..]),
            MemoryMarshal.Cast<byte, uint>(groups.AsSpan(0, length)).ToArray());
    }

    // The runtime has no other way to say an errno than this exception.
    private static bool TryGet(Socket socket, int option, Span<byte> value, out int length)
    {
        length = 0;
        try
        {
            length = socket.GetRawSocketOption(SolSocket, option, value);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
