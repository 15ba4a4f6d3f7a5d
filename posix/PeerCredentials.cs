namespace Nnpfs.Posix;

/// <summary>Who is at the other end of a Unix socket, as the kernel knew them when they connected.</summary>
/// <param name="ProcessId">0 when the process is outside our PID namespace</param>
/// <param name="Uid">effective user id</param>
/// <param name="Gid">effective group id</param>
/// <param name="Groups">supplementary groups</param>
/// <remarks>SOURCE: SO_PEERCRED and SO_PEERGROUPS, unix(7).</remarks>
public sealed record PeerCredentials(int ProcessId, uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    public bool IsIn(uint group) => Gid == group || Groups.Contains(group);
}
