using Nnpfs.Posix;

namespace Nnpfs.TestKit.Channels;

/// <summary>One connection of a <see cref="CuttingRelay"/>: two sockets, and a thread for each direction.</summary>
internal sealed class RelayedConnection(SeqpacketSocket driver, SeqpacketSocket arlad, ChannelCut? cut)
{
    private readonly int[] _passed = new int[2]; // atomic each, by the direction
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private int _threads = 2; // guarded by _gate; the last one disposes the sockets
    private volatile bool _wasCut;

    /// <summary>Ends when both of its sockets are closed.</summary>
    public Task Ended => _ended.Task;

    public bool WasCut => _wasCut;

    /// <summary>Messages that were handed on.</summary>
    public int Passed(ChannelDirection direction) => Volatile.Read(ref _passed[(int)direction]);

    public void Start()
    {
        Start(ChannelDirection.ToArlad, driver, arlad);
        Start(ChannelDirection.ToDriver, arlad, driver);
    }

    /// <summary>Both ends read what is on its way to them, and then the end.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_threads == 0)
                return;
            driver.Shutdown();
            arlad.Shutdown();
        }
    }

    private void Start(ChannelDirection direction, SeqpacketSocket from, SeqpacketSocket to) =>
        new Thread(() => Pass(direction, from, to)) { IsBackground = true, Name = $"relay {direction}" }.Start();

    private void Pass(ChannelDirection direction, SeqpacketSocket from, SeqpacketSocket to)
    {
        byte[] packet = new byte[SeqpacketSocket.MaxPacket];
        // What comes after a cut is read and dropped: a socket closed over unread packets would take back those that arrived.
        while (from.Receive(packet, out SafeFd? descriptor) is { IsOk: true, Value: > 0 } received)
        {
            using (descriptor)
            {
                if (!_wasCut && to.Send(packet.AsSpan(0, received.Value), descriptor) == 0)
                    Count(direction);
            }
        }
        Close();
        End();
    }

    private void End()
    {
        lock (_gate)
        {
            if (--_threads > 0)
                return;
            driver.Dispose();
            arlad.Dispose();
        }
        _ended.SetResult();
    }

    private void Count(ChannelDirection direction)
    {
        if (Interlocked.Increment(ref _passed[(int)direction]) != cut?.After || cut?.Direction != direction)
            return;
        _wasCut = true;
        Close();
    }
}
