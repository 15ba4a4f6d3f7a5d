namespace Nnpfs.Daemon.Service;

/// <summary>How the channel's socket behaves; fixed for a run.</summary>
internal sealed record ChannelOptions
{
    public required string Socket { get; init; }

    /// <summary>Permission bits of the socket's name.</summary>
    public uint Mode { get; init; } = 0x1B6; // 0666: who may mount what is decided by the peer's credentials

    /// <summary>The user that owns the block files.</summary>
    public uint Owner { get; init; }

    /// <summary>Calls that one mount may have in flight.</summary>
    public int MaxWaiting { get; init; } = 4096;

    /// <summary>Connections at one time.</summary>
    public int MaxMounts { get; init; } = 256;

    /// <summary>Is every message to be logged? Asked for each.</summary>
    public Func<bool> Trace { get; init; } = () => false;
}
