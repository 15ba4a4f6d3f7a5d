using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>READ: bytes of an open file. Answered by up to Size of them; fewer mean the end of the file.</summary>
/// <param name="Node">whose content</param>
/// <param name="File">the open file</param>
/// <param name="Offset">bytes from the start of the file, never negative</param>
/// <param name="Size">bytes wanted, never negative; the room holds no more than the session's largest reply</param>
/// <param name="Flags">of the open file (O_DIRECT ...)</param>
internal readonly record struct ReadRequest(ulong Node, FileHandle File, long Offset, int Size, uint Flags) : IRequest<ReadRequest>
{
    public string Detail => $"off={Offset} size={Size}";

    public static bool TryParse(in InHeader header, ref RequestReader reader, out ReadRequest request)
    {
        bool ok = reader.TryRead(out ReadIn body) && body.Offset <= long.MaxValue - int.MaxValue && body.Size <= int.MaxValue;
        request = ok ? new(header.Node, body.File, (long)body.Offset, (int)body.Size, body.Flags) : default;
        return ok;
    }
}

/// <summary>READDIR and READDIRPLUS: the next entries of a directory, packed by a <see cref="DirectoryWriter"/>.</summary>
/// <param name="Node">the directory</param>
/// <param name="File">no handle: the kernel opens directories by itself</param>
/// <param name="Offset">zero, or the offset that the last entry read was given with: the kernel passes it back untouched</param>
/// <param name="Size">bytes of room at most</param>
internal readonly record struct ReadDirRequest(ulong Node, FileHandle File, ulong Offset, int Size) : IRequest<ReadDirRequest>
{
    public string Detail => $"off={Offset} size={Size}";

    public static bool TryParse(in InHeader header, ref RequestReader reader, out ReadDirRequest request)
    {
        bool ok = reader.TryRead(out ReadIn body) && body.Size <= int.MaxValue;
        request = ok ? new(header.Node, body.File, body.Offset, (int)body.Size) : default;
        return ok;
    }
}

/// <remarks>fuse_read_in, linux/fuse.h, 40 bytes since 7.9.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ReadIn
{
    public FileHandle File { get; init; }

    public ulong Offset { get; init; }

    public uint Size { get; init; }

    public uint ReadFlags { get; init; }

    public ulong LockOwner { get; init; }

    public uint Flags { get; init; }

    private readonly uint _padding;
}
