using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>Where a reader of a directory is: in which listing, and where in it. The kernel carries it as an offset.</summary>
/// <remarks>
/// The kernel opens directories by itself, so no handle tells which listing a reader began: each offset does. It also keeps the
/// kernel from putting the entries of two listings into its one copy: it adds an entry only at the offset where its copy ends.
/// An offset is a loff_t, hence below 2^63: 26 bits of mark above 36 bits of place.
/// </remarks>
/// <param name="Mark">of the listing's node and version</param>
/// <param name="Place">0: its begin; 1 and 2: behind "." and ".."; else a cookie of the directory file</param>
internal readonly record struct ListingPlace(ulong Mark, ulong Place)
{
    private const int PlaceBits = 36, MarkBits = 26;

    /// <summary>More than any sound directory file has.</summary>
    public const ulong MaxPlace = (1UL << PlaceBits) - 1;

    public ulong Offset => (Mark << PlaceBits) | Place;

    /// <summary>The begin of whatever listing is the current one.</summary>
    public bool IsBegin => this == default;

    public static ListingPlace Of(ulong offset) => new(offset >> PlaceBits, offset & MaxPlace);

    /// <summary>Consecutive versions of a node never have the same mark, and a node that took another's key seldom.</summary>
    public static ulong MarkOf(NodeId node, ulong version) =>
        (version + (node.Value * 0x9E3779B97F4A7C15 >> (64 - MarkBits))) & ((1UL << MarkBits) - 1);
}
