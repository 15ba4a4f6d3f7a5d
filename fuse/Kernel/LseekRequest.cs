using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>LSEEK: find the next data or the next hole in an open file. The kernel answers the other whences itself.</summary>
/// <param name="Node">whose content</param>
/// <param name="File">the open file</param>
/// <param name="Offset">bytes from the start of the file; where to look from</param>
/// <param name="Whence">SEEK_DATA (3) or SEEK_HOLE (4)</param>
internal readonly record struct LseekRequest(ulong Node, FileHandle File, long Offset, uint Whence) : IRequest<LseekRequest>
{
    public string Detail => $"off={Offset} whence={Whence}";

    public const uint SeekData = 3, SeekHole = 4;

    public static bool TryParse(in InHeader header, ref RequestReader reader, out LseekRequest request)
    {
        bool ok = reader.TryRead(out LseekIn body);
        request = new(header.Node, body.File, body.Offset, body.Whence);
        return ok;
    }
}

/// <remarks>fuse_lseek_in, linux/fuse.h, 24 bytes, since 7.24.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct LseekIn
{
    public FileHandle File { get; init; }

    public long Offset { get; init; }

    public uint Whence { get; init; }

    private readonly uint _padding;
}

/// <summary>Where it was found; nothing there is ENXIO.</summary>
/// <remarks>fuse_lseek_out, linux/fuse.h, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct LseekOut(long Offset) : IReply
{
    public int WriteTo(Span<byte> room) => StructWriter.Write(room, in this);
}
