using Nnpfs.Proto.Channel;

namespace Nnpfs.Proto;

/// <summary>A name in a directory, as it goes into a directory file.</summary>
/// <param name="Name">1 to 255 bytes, no "/" and no NUL, neither "." nor ".."</param>
/// <param name="Node">not <see cref="NodeId.None"/></param>
/// <param name="Kind">as the listing tells it</param>
/// <param name="Attributes">null where they are not known exactly: who needs them asks GetNode</param>
/// <param name="Version">of the node's content; only with attributes</param>
/// <param name="Target">of a symlink, with attributes; at most 4095 bytes</param>
public sealed record DirectoryEntry(
    ReadOnlyMemory<byte> Name, NodeId Node, Kind Kind, NodeAttributes? Attributes, ulong Version, ReadOnlyMemory<byte> Target)
{
    /// <summary>The attributes hold for as long as the directory's token; else they are for who cannot ask.</summary>
    public bool IsVouched { get; init; } = true;
}
