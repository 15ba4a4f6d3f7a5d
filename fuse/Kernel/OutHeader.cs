using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The front of every reply and notification.</summary>
/// <remarks>fuse_out_header, linux/fuse.h, 16 bytes. Error: zero, or a negated errno; with an errno no body may follow.
/// Unique: of the request; zero marks a notification, whose code then stands in Error.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct OutHeader
{
    public uint Length { get; init; }

    public int Error { get; init; }

    public ulong Unique { get; init; }
}
