using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>STATX: as GETATTR, where the application wants more than stat(2) tells (the birth time).</summary>
/// <param name="Node">whose attributes</param>
/// <param name="File">the open file that the application asked through, where there is one</param>
/// <param name="Flags">AT_STATX_* of statx(2)</param>
/// <param name="Mask">STATX_*: what is wanted</param>
internal readonly record struct StatxRequest(ulong Node, FileHandle? File, uint Flags, uint Mask) : IRequest<StatxRequest>
{
    public static bool TryParse(in InHeader header, ref RequestReader reader, out StatxRequest request)
    {
        bool ok = reader.TryRead(out GetAttrIn front) & reader.TryRead(out StatxInRest rest);
        request = new(header.Node, front.FileOrNull, rest.Flags, rest.Mask);
        return ok;
    }
}

/// <remarks>fuse_statx_in, linux/fuse.h, 24 bytes, since 7.39: these are its last 8, the first 16 are those of fuse_getattr_in.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct StatxInRest
{
    public uint Flags { get; init; }

    public uint Mask { get; init; }
}
