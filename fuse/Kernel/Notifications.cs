using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>What we may tell the kernel unasked: stands in the error field of a header whose unique is zero.</summary>
/// <remarks>enum fuse_notify_code, linux/fuse.h.</remarks>
internal enum NotifyCode
{
    InvalidateNode = 2,
    InvalidateEntry = 3,
    Delete = 6,
    Resend = 7, // since 7.40: no body
}

/// <remarks>fuse_notify_inval_inode_out, linux/fuse.h, 24 bytes, since 7.12.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct InvalidateNodeOut
{
    public ulong Node { get; init; }

    public long Offset { get; init; } // bytes; negative: attributes alone

    public long Length { get; init; } // bytes; not positive: to the end
}

/// <summary>The name and a NUL follow.</summary>
/// <remarks>fuse_notify_inval_entry_out, linux/fuse.h, 16 bytes, since 7.12; flags since 7.38 (padding before).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct InvalidateEntryOut
{
    public const uint ExpireOnly = 1; // FUSE_EXPIRE_ONLY

    public ulong Parent { get; init; }

    public uint NameLength { get; init; }

    public uint Flags { get; init; }
}

/// <summary>The name and a NUL follow.</summary>
/// <remarks>fuse_notify_delete_out, linux/fuse.h, 24 bytes, since 7.18.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct DeleteOut
{
    public ulong Parent { get; init; }

    public ulong Child { get; init; }

    public uint NameLength { get; init; }

    private readonly uint _padding;
}
