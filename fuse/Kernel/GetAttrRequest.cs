using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>GETATTR: the attributes of a node, sent when the kernel's own have expired.</summary>
/// <param name="Node">whose attributes</param>
/// <param name="File">the open file that the application asked through, where there is one</param>
internal readonly record struct GetAttrRequest(ulong Node, FileHandle? File) : IRequest<GetAttrRequest>
{
    public static bool TryParse(in InHeader header, ref RequestReader reader, out GetAttrRequest request)
    {
        bool ok = reader.TryRead(out GetAttrIn body);
        request = new(header.Node, body.FileOrNull);
        return ok;
    }
}

/// <remarks>fuse_getattr_in, linux/fuse.h, 16 bytes since 7.9.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct GetAttrIn
{
    private const uint HasFile = 1; // FUSE_GETATTR_FH

    public uint Flags { get; init; }

    private readonly uint _padding;

    public FileHandle File { get; init; }

    public FileHandle? FileOrNull => (Flags & HasFile) != 0 ? File : null;
}
