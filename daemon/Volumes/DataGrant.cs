using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Pages that a driver wants.</summary>
/// <param name="Node">a file, or a directory</param>
/// <param name="Version">that the driver has open; of a directory: that it knows, 0 = any</param>
/// <param name="Offset">bytes</param>
/// <param name="Length">bytes</param>
/// <param name="Stream">names one open file of one mount; 0 = none</param>
internal readonly record struct DataWant(NodeId Node, ulong Version, long Offset, long Length, ulong Stream);

/// <summary>Content that a driver may read.</summary>
/// <param name="Content">of which version</param>
/// <param name="Size">bytes of the version</param>
/// <param name="Blocks">what is filled of the blocks asked for, and perhaps of others</param>
internal sealed record DataGrant(ContentKey Content, long Size, IReadOnlyList<(long Block, BlockState State)> Blocks)
{
    /// <summary>The first read at or past it is to be told of; 0 = none.</summary>
    public long Mark { get; init; }

    /// <summary>Of a directory that turned out to have another version than the driver's: its attributes now.</summary>
    public Grant? Moved { get; init; }
}
