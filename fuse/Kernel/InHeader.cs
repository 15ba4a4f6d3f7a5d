using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The front of every request.</summary>
/// <remarks>fuse_in_header, linux/fuse.h, 40 bytes; total_extlen since 7.38 (padding, always zero, before).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct InHeader
{
    public uint Length { get; init; }      // bytes of the whole request, this header included

    public Opcode Opcode { get; init; }

    public ulong Unique { get; init; }     // names the request; the reply and an INTERRUPT carry it

    public ulong Node { get; init; }       // as given to the kernel in an entry; 1 = the root

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public uint Pid { get; init; }         // 0 where the kernel asks on its own account (read-ahead)

    public ushort ExtensionLength { get; init; } // in units of 8 bytes, at the request's end

    private readonly ushort _padding;
}
