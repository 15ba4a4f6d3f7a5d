namespace Nnpfs.Daemon.Admin.Server;

/// <summary>Where the admin service listens, and whom it lets in.</summary>
internal sealed record AdminOptions
{
    /// <summary>The socket's path, as arlad sees it (in its jail: /run/admin.sock).</summary>
    public required string Socket { get; init; }

    /// <summary>arlad's own user: it and root are always let in.</summary>
    public uint OwnUser { get; init; } = Mono.Unix.Native.Syscall.geteuid();

    /// <summary>Members of this group are let in as well; null = nobody else.</summary>
    public uint? AdminGroup { get; init; }

    /// <summary>Metrics on this port of 127.0.0.1, for anyone on the machine; null = on the socket only; 0 = a port that the kernel picks.</summary>
    public int? MetricsPort { get; init; }

    public bool Admits(AdminPeer peer) =>
        peer.User == 0 || peer.User == OwnUser || (AdminGroup is { } group && peer.Groups.Contains(group));
}
