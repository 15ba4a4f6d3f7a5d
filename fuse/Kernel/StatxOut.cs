using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The answer to STATX.</summary>
/// <remarks>fuse_statx_out with its fuse_statx, linux/fuse.h, 288 bytes, since 7.39.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct StatxOut : IReply
{
    private const uint BasicStats = 0x7ff; // STATX_BASIC_STATS: all that stat(2) knows, no birth time

    /// <param name="valid">how long the attributes hold</param>
    /// <param name="attr">the same that GETATTR answers: a statx can never tell another story</param>
    public StatxOut(TimeSpan valid, in Attr attr)
    {
        Valid = Validity.Seconds(valid);
        ValidNs = Validity.Nanoseconds(valid);
        Mask = BasicStats;
        BlockSize = attr.BlockSize;
        Links = attr.Links;
        Uid = attr.Uid;
        Gid = attr.Gid;
        Mode = (ushort)attr.Mode;
        Inode = attr.Inode;
        Size = attr.Size;
        Blocks = attr.Blocks;
        Atime = new StatxTime { Seconds = attr.Atime, Nanoseconds = attr.AtimeNs };
        Ctime = new StatxTime { Seconds = attr.Ctime, Nanoseconds = attr.CtimeNs };
        Mtime = new StatxTime { Seconds = attr.Mtime, Nanoseconds = attr.MtimeNs };
        DeviceMajor = (attr.Device >> 8) & 0xfff; // new_encode_dev of the kernel, taken apart
        DeviceMinor = (attr.Device & 0xff) | ((attr.Device >> 12) & 0xfff00);
    }

    public ulong Valid { get; }

    public uint ValidNs { get; }

    public uint Flags { get; }

    private readonly Spare2 _spare;

    public uint Mask { get; }

    public uint BlockSize { get; }

    public ulong Attributes { get; }

    public uint Links { get; }

    public uint Uid { get; }

    public uint Gid { get; }

    public ushort Mode { get; }

    private readonly ushort _spare0;

    public ulong Inode { get; }

    public ulong Size { get; }

    public ulong Blocks { get; }

    public ulong AttributesMask { get; }

    public StatxTime Atime { get; }

    public StatxTime Btime { get; }

    public StatxTime Ctime { get; }

    public StatxTime Mtime { get; }

    public uint DeviceMajor { get; }

    public uint DeviceMinor { get; }

    public uint OwnDeviceMajor { get; } // the kernel fills in its own

    public uint OwnDeviceMinor { get; }

    private readonly Spare14 _spare2;

    public int WriteTo(Span<byte> room) => StructWriter.Write(room, in this);

    [InlineArray(2)]
    private struct Spare2
    {
        private ulong _first;
    }

    [InlineArray(14)]
    private struct Spare14
    {
        private ulong _first;
    }
}

/// <remarks>fuse_sx_time, 16 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct StatxTime
{
    public long Seconds { get; init; }

    public uint Nanoseconds { get; init; }

    private readonly int _reserved;
}
