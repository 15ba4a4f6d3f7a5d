using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>OPEN: an application opens a file. Access is checked by the kernel before (default_permissions).</summary>
/// <param name="Node">what is opened</param>
/// <param name="Flags">of open(2), without O_CREAT, O_EXCL and O_NOCTTY</param>
internal readonly record struct OpenRequest(ulong Node, uint Flags) : IRequest<OpenRequest>
{
    public string Detail => $"flags={Flags:x}";

    private const uint AccessMode = 3, Truncate = 0x200;

    /// <summary>The opener wants to change the file: EROFS, and the handler never sees it.</summary>
    public bool Writes => (Flags & AccessMode) != 0 || (Flags & Truncate) != 0;

    public static bool TryParse(in InHeader header, ref RequestReader reader, out OpenRequest request)
    {
        bool ok = reader.TryRead(out OpenIn body);
        request = new(header.Node, body.Flags);
        return ok;
    }
}

/// <remarks>fuse_open_in, linux/fuse.h, 8 bytes; open_flags since 7.32 (unused before).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct OpenIn
{
    public uint Flags { get; init; }

    public uint OpenFlags { get; init; }
}
