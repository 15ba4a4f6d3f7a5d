using System.Buffers;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Proto;

/// <summary>One connection of the channel, at either end: envelopes out without ever blocking, envelopes in on a thread of its own.</summary>
/// <remarks>
/// A send goes straight to the socket. When the other end is slow, packets queue in order and a writer thread lives for as
/// long as there are any; a queue that is full closes the connection, since a peer that does not read is a dead peer.
/// Knows nothing of what the messages mean.
/// </remarks>
public sealed class ChannelConnection : IDisposable
{
    /// <summary>Packets that may queue for a slow peer.</summary>
    public const int MaxQueued = 4096;

    private const int ThreadStack = 256 * 1024;

    private readonly SeqpacketSocket _socket;
    private readonly IChannelPeer _peer;
    private readonly string _name;

    private readonly Lock _gate = new();
    private readonly byte[] _packet = new byte[EnvelopeCodec.MaxPacket]; // guarded by _gate
    private readonly Queue<Queued> _queue = new();                       // guarded by _gate
    private bool _draining;                                              // guarded by _gate
    private bool _closed;                                                // guarded by _gate
    private Errno _reason;                                               // guarded by _gate
    private int _threads;                                                // guarded by _gate; the last one disposes the socket

    /// <param name="socket">connected; owned from here on</param>
    /// <param name="peer">told of messages from <see cref="Start"/> on</param>
    /// <param name="name">of the threads, for people</param>
    public ChannelConnection(SeqpacketSocket socket, IChannelPeer peer, string name)
    {
        _socket = socket;
        _peer = peer;
        _name = name;
    }

    /// <summary>Begins to receive. Once.</summary>
    public void Start()
    {
        lock (_gate)
            StartThread(Receive, "reader");
    }

    /// <summary>Sends one message, after those sent before it.</summary>
    /// <param name="envelope">has a body; the caller's again when this returns</param>
    /// <param name="descriptor">goes along; it may be disposed when this returns</param>
    /// <returns>zero: on its way; EPIPE: closed; EMSGSIZE: too large; ENOBUFS: the peer does not read, and the connection is closed</returns>
    public Errno Send(Envelope envelope, SafeFd? descriptor = null)
    {
        lock (_gate)
        {
            if (_closed)
                return Errno.EPIPE;
            Result<int> size = EnvelopeCodec.Encode(envelope, _packet);
            if (!size.IsOk)
                return size.Errno;
            ReadOnlySpan<byte> packet = _packet.AsSpan(0, size.Value);
            Errno sent = _draining ? Errno.EAGAIN : _socket.Send(packet, descriptor, wait: false);
            return sent == Errno.EAGAIN ? Enqueue(packet, descriptor) : sent == 0 ? 0 : CloseLocked(sent);
        }
    }

    /// <summary>Ends the connection, as <see cref="Dispose"/> does; <see cref="IChannelPeer.OnClosed"/> follows on the reader thread.</summary>
    /// <param name="reason">what OnClosed is told</param>
    public void Close(Errno reason = 0)
    {
        lock (_gate)
            CloseLocked(reason);
    }

    public Result<PeerCredentials> Peer() => _socket.Peer();

    public void Dispose()
    {
        lock (_gate)
        {
            CloseLocked(0);
            if (_threads == 0)
                _socket.Dispose();
        }
    }

    private Errno Enqueue(ReadOnlySpan<byte> packet, SafeFd? descriptor)
    {
        if (_queue.Count >= MaxQueued)
            return CloseLocked(Errno.ENOBUFS);
        bool held = false;
        descriptor?.DangerousAddRef(ref held);
        byte[] copy = ArrayPool<byte>.Shared.Rent(packet.Length);
        packet.CopyTo(copy);
        _queue.Enqueue(new Queued(copy, packet.Length, descriptor));
        if (!_draining)
        {
            _draining = true;
            StartThread(Drain, "writer");
        }
        return 0;
    }

    private Errno CloseLocked(Errno reason)
    {
        if (!_closed)
        {
            _closed = true;
            _reason = reason;
            _socket.Shutdown();
        }
        return reason;
    }

    /// <summary>The writer thread: until the queue is empty. Packets of a closed connection are only released.</summary>
    private void Drain()
    {
        while (true)
        {
            Queued next;
            lock (_gate)
            {
                if (!_queue.TryDequeue(out next))
                {
                    _draining = false;
                    return;
                }
            }
            Errno sent = _socket.Send(next.Packet.AsSpan(0, next.Length), next.Descriptor);
            next.Descriptor?.DangerousRelease();
            ArrayPool<byte>.Shared.Return(next.Packet);
            if (sent != 0)
                Close(sent);
        }
    }

    private void Receive()
    {
        byte[] buffer = new byte[EnvelopeCodec.MaxPacket];
        Errno reason = ReceiveUntilClosed(buffer);
        lock (_gate)
        {
            CloseLocked(reason);
            reason = _reason;
        }
        _peer.OnClosed(reason);
    }

    private Errno ReceiveUntilClosed(byte[] buffer)
    {
        while (true)
        {
            Result<int> received = _socket.Receive(buffer, out SafeFd? descriptor);
            if (!received.TryGet(out int length, out Errno errno))
                return errno;
            Result<Envelope> decoded = EnvelopeCodec.Decode(buffer.AsSpan(0, length));
            if (!decoded.IsOk)
            {
                descriptor?.Dispose();
                return length == 0 ? 0 : decoded.Errno;
            }
            _peer.OnMessage(decoded.Value, descriptor);
        }
    }

    private void StartThread(Action body, string role)
    {
        _threads++;
        new Thread(() => Run(body), ThreadStack) { IsBackground = true, Name = $"{_name} {role}" }.Start();
    }

    private void Run(Action body)
    {
        body();
        lock (_gate)
        {
            if (--_threads == 0 && _closed)
                _socket.Dispose();
        }
    }

    private readonly record struct Queued(byte[] Packet, int Length, SafeFd? Descriptor);
}
