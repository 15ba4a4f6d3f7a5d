using Nnpfs.Driver.Data;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Nodes;

/// <summary>A node that the kernel knows; of a file: one version of it. Small, since there may be a hundred thousand.</summary>
/// <remarks>A file whose version changed gets a new object with a new key; the old one lives, outdated, until the kernel has
/// forgotten it. Directories and symlinks keep theirs.</remarks>
internal sealed class Node(NodeId id, Kind kind) : ISlot
{
    /// <summary>What the kernel calls it by.</summary>
    public ulong Key { get; set; }

    /// <summary>arlad's name for it. It changes for the root alone, when arlad's cache was begun anew; read at once, as a word is.</summary>
    public NodeId Id { get; set; } = id;

    public Kind Kind { get; } = kind;

    public bool IsDirectory => Kind == Kind.Directory;

    /// <summary>The kernel or an open file holds it.</summary>
    public bool IsUsed => References > 0 || Opens > 0;

    // guarded by the table's gate
    public NodeAttributes Attributes;
    public ulong Version;
    public long ExpiresAt;    // the token: milliseconds of the table's clock; 0 = void
    public long ListedUntil;  // of a directory: as ExpiresAt, for its entries: arlad's own word, never that of the listing above it
    public long BrokenAt;     // the table's count of breaks when this one was named in an invalidation
    public long References;   // that the kernel holds
    public int Opens;
    public long Rested;       // which of all rests was its last one
    public bool Outdated;     // of a file: another version is current
    public bool Leaving;      // arlad wants it forgotten: it does not rest
    public bool LentLonger;   // of a directory: the kernel may have its attributes for longer than the token of its listing
    public ulong ListedVersion; // of a directory: the kernel has a copy of this one's listing; 0: of none
    public Node? Parent;      // with Name: the entry through which it was last found
    public byte[]? Name;
    public byte[]? Target;    // of a symlink

    // guarded by the passthrough's gate of this node
    public int CachedOpens;   // open files whose reads go through the page cache
    public Backing? Backing;  // while it is open in passthrough

    // atomic
    public volatile Content? Content; // null until data is used; of a directory it is replaced by the one of a new version
    public volatile OpenFile? Stream;  // of a file that the kernel opens by itself: its readers'; written under the gate
    public volatile bool Touched;     // read since the last report
}
