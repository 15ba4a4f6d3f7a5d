using System.Runtime.InteropServices;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>Writes notifications to the device, one per call, from whatever thread calls.</summary>
/// <param name="device">of the session</param>
/// <param name="canExpire">the kernel knows EXPIRE_ONLY</param>
/// <param name="trace">sees the bytes</param>
internal sealed class KernelNotifier(IFuseDevice device, bool canExpire, WireTrace trace) : IKernelNotifier
{
    private const int HeaderSize = ReplyBuffer.HeaderSize;

    public Errno InvalidateNode(ulong node, long offset, long length) =>
        Send(NotifyCode.InvalidateNode, new InvalidateNodeOut { Node = node, Offset = offset, Length = length }, []);

    public Errno InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly)
    {
        uint flags = expireOnly && canExpire ? InvalidateEntryOut.ExpireOnly : 0;
        return Send(NotifyCode.InvalidateEntry, new InvalidateEntryOut { Parent = parent, NameLength = (uint)name.Length, Flags = flags }, name);
    }

    public Errno Delete(ulong parent, ulong child, ReadOnlySpan<byte> name) =>
        Send(NotifyCode.Delete, new DeleteOut { Parent = parent, Child = child, NameLength = (uint)name.Length }, name);

    private Errno Send<T>(NotifyCode code, in T body, ReadOnlySpan<byte> name)
        where T : unmanaged
    {
        if (name.Length > Name.MaxLength)
            return Errno.ENAMETOOLONG;
        Span<byte> message = stackalloc byte[HeaderSize + 32 + Name.MaxLength + 1];
        int length = HeaderSize + StructWriter.Write(message[HeaderSize..], in body);
        if (!name.IsEmpty)
        {
            name.CopyTo(message[length..]);
            message[length + name.Length] = 0;
            length += name.Length + 1;
        }
        MemoryMarshal.Write(message, new OutHeader { Length = (uint)length, Error = (int)code });
        trace.ToKernel(message[..length]);
        Errno errno = Write(message[..length]);
        return errno == Errno.ENOENT ? 0 : errno;
    }

    /// <summary>Nothing orders the last notifications before the end of the mount: after it they are as useless as they are harmless.</summary>
    private Errno Write(ReadOnlySpan<byte> message)
    {
        try
        {
            return device.Write(message);
        }
        catch (ObjectDisposedException)
        {
            return Errno.ENODEV;
        }
    }
}
