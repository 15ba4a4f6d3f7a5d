using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Nnpfs.Daemon.Admin.Server;

/// <summary>Who is at the other end of a Unix socket, as the kernel tells it: the credentials at the time of connect(2).</summary>
/// <remarks>SOURCE: unix(7), SO_PEERCRED and SO_PEERGROUPS (linux/socket.h).</remarks>
/// <param name="User">effective user id</param>
/// <param name="Groups">the effective group and the supplementary ones</param>
internal sealed record AdminPeer(uint User, IReadOnlyList<uint> Groups)
{
    private const int SolSocket = 1, SoPeerCred = 17, SoPeerGroups = 59;
    private const int CredentialLength = 12; // struct ucred: pid, uid, gid
    private const int MaxGroups = 65536;     // NGROUPS_MAX

    /// <returns>null when the kernel does not tell: then nobody is let in</returns>
    public static AdminPeer? Of(Socket socket)
    {
        Span<byte> credentials = stackalloc byte[CredentialLength];
        if (!TryGet(socket, SoPeerCred, credentials, out int length) || length != CredentialLength)
            return null;
        byte[] groups = new byte[MaxGroups * sizeof(uint)];
        if (!TryGet(socket, SoPeerGroups, groups, out length))
            length = 0;
        uint group = MemoryMarshal.Read<uint>(credentials[8..]);
        return new(MemoryMarshal.Read<uint>(credentials[4..]), [group, .. MemoryMarshal.Cast<byte, uint>(groups.AsSpan(0, length))]);
    }

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
