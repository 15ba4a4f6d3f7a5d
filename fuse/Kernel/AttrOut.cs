using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The answer to GETATTR.</summary>
/// <remarks>fuse_attr_out, linux/fuse.h, 104 bytes since 7.9.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct AttrOut : IReply
{
    /// <param name="valid">how long the attributes hold</param>
    /// <param name="attr">of the node</param>
    public AttrOut(TimeSpan valid, in Attr attr)
    {
        Valid = Validity.Seconds(valid);
        ValidNs = Validity.Nanoseconds(valid);
        Attr = attr;
    }

    public ulong Valid { get; }

    public uint ValidNs { get; }

    private readonly uint _padding;

    public Attr Attr { get; }

    public int WriteTo(Span<byte> room) => StructWriter.Write(room, in this);
}
