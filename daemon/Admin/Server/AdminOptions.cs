using Mono.Unix.Native;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Admin.Server;

/// <summary>Where the admin service listens, and whom it lets in.</summary>
internal sealed record AdminOptions
{
    /// <summary>The socket's path, as arlad sees it (in its jail: /run/admin.sock).</summary>
    public required string Socket { get; init; }

    /// <summary>Who may connect at all; whoever does and is not admitted is told so.</summary>
    public UnixFileMode SocketMode { get; init; } = (UnixFileMode)0x1B6; // 0666

    /// <summary>Who is let in besides root and <see cref="OwnUser"/>.</summary>
    public PeerRule Admins { get; init; } = new();

    public uint OwnUser { get; init; } = Syscall.geteuid();

    /// <summary>Metrics on this port of 127.0.0.1, for anyone on the machine; null = on the socket only; 0 = a port that the kernel picks.</summary>
    public int? MetricsPort { get; init; }

    public static AdminOptions Of(ArladOptions options) => new()
    {
        Socket = options.AdminSocket,
        SocketMode = (UnixFileMode)options.AdminMode,
        Admins = options.Admins,
        MetricsPort = options.MetricsPort == 0 ? null : options.MetricsPort,
    };

    public bool Admits(PeerCredentials peer) => peer.Uid == OwnUser || Admins.Allows(peer.Uid, [peer.Gid, .. peer.Groups]);
}
