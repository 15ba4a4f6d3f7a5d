using Nnpfs.Fuse.Kernel;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Nodes;

/// <summary>A node's attributes at one moment, and how long they hold.</summary>
/// <param name="Left">not more than zero: the token is void; the attributes are what was last known</param>
/// <param name="Lent">as Left, but what the kernel may be told: of a directory that it keeps a listing of, it can be less</param>
internal readonly record struct NodeView(Node Node, NodeAttributes Attributes, ulong Version, TimeSpan Left, TimeSpan Lent)
{
    private const uint NsPerSecond = 1_000_000_000;

    public bool IsValid => Left > TimeSpan.Zero;

    /// <summary>As the kernel wants them.</summary>
    public Attr ToAttr() => new()
    {
        Inode = Node.Id.Value,
        Size = (ulong)Attributes.Size,
        Blocks = ((ulong)Attributes.Size + 511) / 512,
        Atime = Seconds(Attributes.MtimeNs), // reads are not recorded
        AtimeNs = Nanoseconds(Attributes.MtimeNs),
        Mtime = Seconds(Attributes.MtimeNs),
        MtimeNs = Nanoseconds(Attributes.MtimeNs),
        Ctime = Seconds(Attributes.CtimeNs),
        CtimeNs = Nanoseconds(Attributes.CtimeNs),
        Mode = ModeOf(Attributes.Kind) | Attributes.Permissions,
        Links = Attributes.Links,
        Uid = Attributes.Uid,
        Gid = Attributes.Gid,
        Device = Attributes.Device,
        BlockSize = 4096,
    };

    /// <summary>The type bits of st_mode.</summary>
    public static uint ModeOf(Kind kind) => kind switch
    {
        Kind.Directory => 0x4000,
        Kind.Symlink => 0xA000,
        Kind.Fifo => 0x1000,
        Kind.Socket => 0xC000,
        Kind.CharacterDevice => 0x2000,
        Kind.BlockDevice => 0x6000,
        _ => 0x8000,
    };

    private static long Seconds(long ns) => (ns - Nanoseconds(ns)) / NsPerSecond;

    private static uint Nanoseconds(long ns) => (uint)(((ns % NsPerSecond) + NsPerSecond) % NsPerSecond);
}
