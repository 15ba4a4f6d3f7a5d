using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>RELEASE and RELEASEDIR: the last user of an open file is gone. Its answer is awaited by nobody.</summary>
internal readonly record struct ReleaseRequest(ulong Node, FileHandle File) : IRequest<ReleaseRequest>
{
    public static bool TryParse(in InHeader header, ref RequestReader reader, out ReleaseRequest request)
    {
        bool ok = reader.TryRead(out ReleaseIn body);
        request = new(header.Node, body.File);
        return ok;
    }
}

/// <remarks>fuse_release_in, linux/fuse.h, 24 bytes since 7.8.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct ReleaseIn
{
    public FileHandle File { get; init; }

    public uint Flags { get; init; }

    public uint ReleaseFlags { get; init; }

    public ulong LockOwner { get; init; }
}
