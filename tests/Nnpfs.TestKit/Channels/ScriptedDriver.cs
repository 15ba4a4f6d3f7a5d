using System.Collections.Concurrent;
using Google.Protobuf;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.TestKit.Channels;

/// <summary>A driver that does what a test says: sends messages, and looks at what comes, in its order.</summary>
public sealed class ScriptedDriver : IDisposable
{
    private readonly SeqpacketSocket _socket;
    private readonly BlockingCollection<Envelope> _came = [];
    private readonly Thread _reader;
    private ulong _lastSequence;
    private bool _ended;

    public ScriptedDriver(SeqpacketSocket socket)
    {
        _socket = socket;
        _reader = new Thread(Read) { IsBackground = true };
        _reader.Start();
    }

    /// <summary>Invalidations are confirmed at once, and do not show among what came.</summary>
    public bool ConfirmsInvalidations { get; set; } = true;

    public ConcurrentQueue<Invalidate> Invalidations { get; } = new();

    /// <summary>The mount's id: the same after a reconnection.</summary>
    public Guid Mount { get; set; } = Guid.NewGuid();

    public SafeFd? CacheDirectory { get; private set; }

    public Welcome Greet(string volume, ulong epoch = 0, ulong features = 0, params uint[] versions)
    {
        var hello = new Hello { Volume = volume, MountPoint = "/mnt/test", Mount = ByteString.CopyFrom(Mount.ToByteArray()), Epoch = epoch, Features = features };
        hello.Versions.Add(versions.Length == 0 ? [1u] : versions);
        Send(new Envelope { Hello = hello });
        Envelope answer = Next(envelope => envelope.BodyCase is Envelope.BodyOneofCase.Welcome or Envelope.BodyOneofCase.Wakeup);
        return answer.Welcome ?? throw new InvalidOperationException(answer.Wakeup.Reason);
    }

    public void Send(Envelope envelope)
    {
        byte[] packet = new byte[EnvelopeCodec.MaxPacket]; // its own: the reader thread sends as well
        Send(packet.AsSpan(0, EnvelopeCodec.Encode(envelope, packet).Value));
    }

    public void Send(ReadOnlySpan<byte> packet) => _socket.Send(packet);

    /// <summary>Sends a call and does not wait.</summary>
    /// <returns>its sequence number</returns>
    public ulong Begin(Envelope call)
    {
        call.Sequence = ++_lastSequence;
        Send(call);
        return call.Sequence;
    }

    /// <summary>What came for one call, up to and with its wakeup.</summary>
    public (Errno Errno, List<Envelope> Installs) End(ulong sequence)
    {
        List<Envelope> installs = [];
        while (true)
        {
            Envelope next = Next(envelope => envelope.Sequence == sequence || envelope.BodyCase == Envelope.BodyOneofCase.InstallAttr);
            if (next.BodyCase == Envelope.BodyOneofCase.Wakeup)
                return ((Errno)next.Wakeup.Errno, installs);
            installs.Add(next);
        }
    }

    public (Errno Errno, List<Envelope> Installs) Call(Envelope call) => End(Begin(call));

    public Node Root()
    {
        (Errno errno, List<Envelope> installs) = Call(new Envelope { GetRoot = new() });
        Assert.Equal((Errno)0, errno);
        return Assert.Single(installs).InstallRoot.Node;
    }

    public (Errno Errno, Node? Node, ulong ValidMs) Lookup(ulong parent, string name)
    {
        (Errno errno, List<Envelope> installs) = Call(new Envelope { GetNode = new() { Parent = parent, Name = ByteString.CopyFromUtf8(name) } });
        return errno == 0 ? (errno, installs[^1].InstallNode.Node, installs[^1].InstallNode.ValidMs) : (errno, null, 0);
    }

    /// <summary>A file beneath the root.</summary>
    public Node File(string name) => Lookup(Root().Id, name).Node ?? throw new InvalidOperationException($"no {name}");

    public (Errno Errno, List<Envelope> Installs) Data(Node node, ulong offset = 0, ulong length = 4096, ulong stream = 0) =>
        Call(new Envelope { GetData = new() { Node = node.Id, Version = node.Version, Offset = offset, Length = length, Stream = stream } });

    /// <summary>The next message that is as wanted; others before it are passed over.</summary>
    public Envelope Next(Func<Envelope, bool> isWanted)
    {
        while (_came.TryTake(out Envelope? envelope, Patience.Limit))
        {
            if (isWanted(envelope))
                return envelope;
        }
        throw new TimeoutException("what is waited for did not come");
    }

    /// <summary>Waits until arlad has closed the channel.</summary>
    public bool WaitForEnd() => _reader.Join(Patience.Limit);

    public void Confirm(Invalidate invalidate) => Send(new Envelope { InvalidateDone = new() { Ticket = invalidate.Ticket } });

    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _socket.Shutdown();
        _reader.Join();
        _socket.Dispose();
        CacheDirectory?.Dispose();
    }

    private void Read()
    {
        byte[] buffer = new byte[EnvelopeCodec.MaxPacket];
        while (_socket.Receive(buffer, out SafeFd? descriptor) is { IsOk: true, Value: > 0 } received)
        {
            CacheDirectory ??= descriptor;
            Envelope envelope = EnvelopeCodec.Decode(buffer.AsSpan(0, received.Value)).Value;
            if (envelope.BodyCase == Envelope.BodyOneofCase.Invalidate)
            {
                Invalidations.Enqueue(envelope.Invalidate);
                if (ConfirmsInvalidations)
                    Confirm(envelope.Invalidate);
            }
            _came.Add(envelope);
        }
        _came.CompleteAdding();
    }
}
