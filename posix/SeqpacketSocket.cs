using System.Runtime.InteropServices;
using System.Text;

namespace Nnpfs.Posix;

/// <summary>A Unix socket of type SOCK_SEQPACKET: one packet per call, with at most one descriptor beside it.</summary>
/// <remarks>
/// The calls block. One thread may receive while others send; <see cref="Shutdown"/> wakes them all, and only then is it
/// time to dispose. SOURCE: unix(7), sendmsg(2), recvmsg(2), cmsg(3).
/// </remarks>
public sealed unsafe class SeqpacketSocket : IDisposable
{
    /// <summary>The largest packet, in bytes.</summary>
    public const int MaxPacket = 64 * 1024;

    private const int Unix = 1, Seqpacket = 5, CloseOnExec = 0x80000, NonBlock = 0x800;
    private const int DontWait = 0x40, NoSignal = 0x4000, Truncated = 0x20, ControlTruncated = 0x08, ReceiveCloseOnExec = 0x40000000;
    private const int SocketLevel = 1, Rights = 1, SendBuffer = 7;

    private readonly SafeFd _fd;

    private SeqpacketSocket(SafeFd fd) => _fd = fd;

    /// <summary>Connects to the listener at <paramref name="path"/>.</summary>
    /// <returns>ENOENT: no such socket; ECONNREFUSED: nobody listens; EACCES; ENAMETOOLONG: more than 107 bytes</returns>
    public static Result<SeqpacketSocket> Connect(string path)
    {
        if (!TryAddress(path, out Libc.SocketAddress address))
            return Errno.ENAMETOOLONG;
        if (!New().TryGet(out SeqpacketSocket? socket, out Errno errno))
            return errno;
        // SAFETY: the address is on our stack and its size is the one passed.
        while (Libc.connect(socket._fd, &address, (uint)sizeof(Libc.SocketAddress)) != 0)
        {
            if (Files.LastErrno() is var failure && failure != Errno.EINTR)
            {
                socket.Dispose();
                return failure;
            }
        }
        return socket;
    }

    /// <summary>Two sockets connected with each other.</summary>
    public static Result<(SeqpacketSocket One, SeqpacketSocket Other)> Pair()
    {
        int* pair = stackalloc int[2];
        // SAFETY: socketpair writes two integers, for which there is room.
        if (Libc.socketpair(Unix, Seqpacket | CloseOnExec, 0, pair) != 0)
            return Files.LastErrno();
        return (new SeqpacketSocket(new SafeFd(pair[0])), new SeqpacketSocket(new SafeFd(pair[1])));
    }

    /// <summary>Sends one packet.</summary>
    /// <param name="packet">1 byte to <see cref="MaxPacket"/></param>
    /// <param name="descriptor">goes along; the receiver gets one of its own</param>
    /// <param name="wait">false: EAGAIN rather than a wait when the receiver is slow</param>
    /// <returns>zero; EPIPE or ECONNRESET: the other end is gone; EMSGSIZE; EAGAIN</returns>
    public Errno Send(ReadOnlySpan<byte> packet, SafeFd? descriptor = null, bool wait = true)
    {
        if (packet.IsEmpty || packet.Length > MaxPacket)
            return Errno.EMSGSIZE;
        bool held = false;
        try
        {
            descriptor?.DangerousAddRef(ref held);
            return SendRaw(packet, held ? descriptor!.Number : -1, NoSignal | (wait ? 0 : DontWait));
        }
        finally
        {
            if (held)
                descriptor!.DangerousRelease();
        }
    }

    /// <summary>Connects to the listener at an abstract name, at once or not at all.</summary>
    /// <returns>ECONNREFUSED: nobody listens; EAGAIN: too many wait to be let in; ENAMETOOLONG: more than 107 bytes</returns>
    public static Result<SeqpacketSocket> ConnectAbstract(string name)
    {
        if (!TryAddress(name, out Libc.SocketAddress address, isAbstract: true))
            return Errno.ENAMETOOLONG;
        if (!New(nonBlocking: true).TryGet(out SeqpacketSocket? socket, out Errno errno))
            return errno;
        // SAFETY: the address is on our stack; its length covers the family, the leading NUL and the name, which are in it.
        if (Libc.connect(socket._fd, &address, LengthOf(name)) == 0)
            return socket;
        errno = Files.LastErrno();
        socket.Dispose();
        return errno;
    }

    /// <summary>Waits for one packet.</summary>
    /// <param name="buffer">at least <see cref="MaxPacket"/> bytes, or what the protocol's largest packet needs</param>
    /// <param name="descriptor">what came along, the caller's to dispose; null for none, and on any failure</param>
    /// <param name="wait">false: EAGAIN rather than a wait</param>
    /// <returns>
    /// its length; 0: the other end has closed. EMSGSIZE: it was larger than the buffer; EPROTO: more than one descriptor, or
    /// one that we had no room for. The packet and its descriptors are gone then
    /// </returns>
    public Result<int> Receive(Span<byte> buffer, out SafeFd? descriptor, bool wait = true)
    {
        descriptor = null;
        Libc.DescriptorMessage control = default;
        while (true)
        {
            nint count;
            Libc.MessageHeader message = default;
            // SAFETY: the kernel writes at most the lengths given, into the span and into the struct on our stack.
            fixed (byte* start = buffer)
            {
                var vector = new Libc.IoVector { Base = start, Length = (nuint)buffer.Length };
                message.Vectors = &vector;
                message.VectorCount = 1;
                message.Control = &control;
                message.ControlLength = (nuint)sizeof(Libc.DescriptorMessage);
                count = Libc.recvmsg(_fd, &message, ReceiveCloseOnExec | (wait ? 0 : DontWait));
            }
            if (count < 0)
            {
                if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                    return errno;
                continue;
            }
            Errno bad = TakeDescriptor(in message, in control, out descriptor);
            return bad == 0 ? (int)count : bad;
        }
    }

    /// <summary>Ends both directions: every blocked call returns, the other end reads 0.</summary>
    public void Shutdown() => _ = Libc.shutdown(_fd, 2);

    /// <summary>A blocked <see cref="Receive"/> returns 0, and every later one; what is sent still goes out.</summary>
    public void ShutdownReading() => _ = Libc.shutdown(_fd, 0);

    /// <summary>Bytes that may wait for a slow receiver before a send blocks. The kernel doubles and caps it.</summary>
    public void SetSendBuffer(int bytes)
    {
        // SAFETY: the option is an int, on our stack.
        _ = Libc.setsockopt(_fd, SocketLevel, SendBuffer, &bytes, sizeof(int));
    }

    /// <summary>Who connected, or who listens.</summary>
    public Result<PeerCredentials> Peer() => PeerOption.Read(_fd);

    public void Dispose() => _fd.Dispose();

    internal static Result<SeqpacketSocket> New(bool nonBlocking = false)
    {
        int fd = Libc.socket(Unix, Seqpacket | CloseOnExec | (nonBlocking ? NonBlock : 0), 0);
        return fd < 0 ? Files.LastErrno() : new SeqpacketSocket(new SafeFd(fd));
    }

    internal static SeqpacketSocket Adopt(int fd) => new(new SafeFd(fd));

    /// <summary>For handing the socket to a child. Stays ours.</summary>
    public SafeFd Descriptor => _fd;

    internal SafeFd Fd => _fd;

    /// <summary>Bytes of an abstract name's address: SOURCE: unix(7), every byte of the length is part of the name.</summary>
    internal static uint LengthOf(string abstractName) => (uint)(sizeof(ushort) + 1 + Encoding.UTF8.GetByteCount(abstractName));

    internal static bool TryAddress(string path, out Libc.SocketAddress address, bool isAbstract = false)
    {
        address = new Libc.SocketAddress { Family = Unix };
        byte[] bytes = Encoding.UTF8.GetBytes(path);
        if (bytes.Length is 0 or >= Libc.SocketAddress.MaxPath)
            return false;
        for (int i = 0; i < bytes.Length; i++)
            address.Path[isAbstract ? i + 1 : i] = bytes[i]; // the rest stays zero, which terminates a path and begins an abstract name
        return true;
    }

    private Errno SendRaw(ReadOnlySpan<byte> packet, int descriptor, int flags)
    {
        var control = new Libc.DescriptorMessage { Length = Libc.DescriptorMessage.HeaderSize + sizeof(int), Level = SocketLevel, Type = Rights };
        control.Descriptors[0] = descriptor;
        // SAFETY: the kernel only reads, within the lengths given; everything outlives the call.
        fixed (byte* start = packet)
        {
            var vector = new Libc.IoVector { Base = start, Length = (nuint)packet.Length };
            var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1 };
            if (descriptor >= 0)
            {
                message.Control = &control;
                message.ControlLength = (nuint)sizeof(Libc.DescriptorMessage);
            }
            while (Libc.sendmsg(_fd, &message, flags) < 0)
            {
                if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                    return errno;
            }
        }
        return 0;
    }

    /// <summary>Owns the first descriptor and closes any other: the kernel has already made them ours.</summary>
    private static Errno TakeDescriptor(in Libc.MessageHeader message, in Libc.DescriptorMessage control, out SafeFd? descriptor)
    {
        descriptor = null;
        int extra = 0;
        if (message.ControlLength >= Libc.DescriptorMessage.HeaderSize && control.Level == SocketLevel && control.Type == Rights)
        {
            int count = Math.Min(((int)control.Length - Libc.DescriptorMessage.HeaderSize) / sizeof(int), 2);
            if (count > 0)
                descriptor = new SafeFd(control.Descriptors[0]);
            for (extra = 1; extra < count; extra++)
                new SafeFd(control.Descriptors[extra]).Dispose();
            extra = Math.Max(count - 1, 0);
        }
        if (extra == 0 && (message.Flags & (Truncated | ControlTruncated)) == 0)
            return 0;
        descriptor?.Dispose();
        descriptor = null;
        return (message.Flags & Truncated) != 0 ? Errno.EMSGSIZE : Errno.EPROTO;
    }
}
