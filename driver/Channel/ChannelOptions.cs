using System.Security.Cryptography;

namespace Nnpfs.Driver.Channel;

/// <summary>What a mount wants of its channel.</summary>
internal sealed record ChannelOptions
{
    public required string SocketPath { get; init; }

    public required string Volume { get; init; }

    /// <summary>For people.</summary>
    public required string MountPoint { get; init; }

    /// <summary>The mount option <c>timeo=</c>: after so long without a sign of life from arlad, who waits gets EIO.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Blocks come as descriptors, since this user may not open block files by name.</summary>
    public bool BlocksByDescriptor { get; init; }

    /// <summary>The mount option <c>open=elide</c>: the kernel opens files by itself, and sends neither OPEN nor RELEASE.</summary>
    public bool ElidesOpens { get; init; }

    /// <summary>Block files held open at most.</summary>
    public int OpenBlocks { get; init; } = 1024;

    /// <summary>Names this mount, over reconnections: 16 bytes.</summary>
    public byte[] Mount { get; init; } = RandomNumberGenerator.GetBytes(16);
}
