using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The answer to LOOKUP: an entry and the node that it leads to. Each one lends the kernel one reference to the node.</summary>
/// <remarks>fuse_entry_out, linux/fuse.h, 128 bytes since 7.9. A node of zero is a negative entry: the name leads nowhere for as
/// long as the entry is valid, and nothing is lent.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct EntryOut : IReply
{
    /// <param name="node">what the kernel will call the node by; never zero, and 1 for the root alone</param>
    /// <param name="entryValid">how long the name leads to this node</param>
    /// <param name="attrValid">how long the attributes hold</param>
    /// <param name="attr">of the node</param>
    public EntryOut(ulong node, TimeSpan entryValid, TimeSpan attrValid, in Attr attr)
    {
        Node = node;
        EntryValid = Validity.Seconds(entryValid);
        EntryValidNs = Validity.Nanoseconds(entryValid);
        AttrValid = Validity.Seconds(attrValid);
        AttrValidNs = Validity.Nanoseconds(attrValid);
        Attr = attr;
    }

    /// <summary>The name leads nowhere, and the kernel need not ask again so soon.</summary>
    public static EntryOut Negative(TimeSpan valid) => new(0, valid, default, default);

    public ulong Node { get; init; }

    public ulong Generation { get; init; } // node ids are never given again, so it is always zero

    public ulong EntryValid { get; }

    public ulong AttrValid { get; }

    public uint EntryValidNs { get; }

    public uint AttrValidNs { get; }

    public Attr Attr { get; }

    public int WriteTo(Span<byte> room) => StructWriter.Write(room, in this);
}
