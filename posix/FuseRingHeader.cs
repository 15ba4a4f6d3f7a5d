using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>What lies beside the payload of one ring entry: the request's headers when it comes, the reply's when it goes.</summary>
/// <remarks>fuse_uring_req_header, linux/fuse.h, protocol 7.42, 288 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct FuseRingHeader
{
    public FuseRingArea InOut;     // fuse_in_header, then fuse_out_header

    public FuseRingArea Operation; // the first argument of the request, where it has one of a fixed size

    public FuseRingSizes Sizes;
}

/// <remarks>FUSE_URING_IN_OUT_HEADER_SZ and FUSE_URING_OP_IN_OUT_SZ, linux/fuse.h.</remarks>
[InlineArray(Size)]
public struct FuseRingArea
{
    public const int Size = 128;

    private byte _first;
}

/// <remarks>fuse_uring_ent_in_out, linux/fuse.h, 32 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct FuseRingSizes
{
    public ulong Flags;
    public ulong CommitId;    // names the request when it is answered
    public uint PayloadSize;  // bytes
    private readonly uint _padding;
    private readonly ulong _reserved;
}

/// <summary>What is done with a ring entry, in its submission.</summary>
/// <remarks>fuse_uring_cmd_req, linux/fuse.h, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public struct FuseRingCommand
{
    public ulong Flags;
    public ulong CommitId;
    public ushort Queue; // a possible CPU's number
}
