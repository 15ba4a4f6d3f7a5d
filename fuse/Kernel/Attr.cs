using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The attributes of one node, as stat(2) shows them.</summary>
/// <remarks>fuse_attr, linux/fuse.h, 88 bytes since 7.9; flags since 7.31. Times are seconds and nanoseconds since the epoch.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct Attr
{
    public ulong Inode { get; init; }   // st_ino: shown to applications, and nothing else

    public ulong Size { get; init; }    // bytes

    public ulong Blocks { get; init; }  // of 512 bytes

    public long Atime { get; init; }

    public long Mtime { get; init; }

    public long Ctime { get; init; }

    public uint AtimeNs { get; init; }

    public uint MtimeNs { get; init; }

    public uint CtimeNs { get; init; }

    public uint Mode { get; init; }     // type and permissions, st_mode

    public uint Links { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint Device { get; init; }   // st_rdev in the kernel's 32-bit encoding

    public uint BlockSize { get; init; } // st_blksize, bytes

    public uint Flags { get; init; }    // FUSE_ATTR_*: none is used
}
