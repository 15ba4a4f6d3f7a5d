using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The answer to STATFS.</summary>
/// <remarks>fuse_statfs_out (fuse_kstatfs), linux/fuse.h, 80 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct StatFsOut : IReply
{
    public ulong Blocks { get; init; }     // of FragmentSize bytes

    public ulong FreeBlocks { get; init; }

    public ulong AvailableBlocks { get; init; }

    public ulong Nodes { get; init; }

    public ulong FreeNodes { get; init; }

    public uint BlockSize { get; init; }   // bytes: the size that reads do best with

    public uint NameLength { get; init; }

    public uint FragmentSize { get; init; } // bytes

    private readonly uint _padding;
    private readonly Spare _spare;

    public int WriteTo(Span<byte> room) => StructWriter.Write(room, in this);

    [InlineArray(6)]
    private struct Spare
    {
        private uint _first;
    }
}
