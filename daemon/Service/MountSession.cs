using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>One connection of a driver: takes its messages, runs its calls, sends it installs, wakeups and invalidations.</summary>
/// <remarks>
/// Knows nothing of origins and cache files. A message that a correct driver would not send is logged and closes the
/// connection; nothing that a driver does concerns another. LOCK ORDER: _gate, then the volume's lock, then the connection's.
/// </remarks>
internal sealed partial class MountSession : IChannelPeer, IMount, IDisposable
{
    private const int StreamBits = 40;

    private readonly ChannelServer _server;
    private readonly ChannelConnection _connection;
    private readonly PeerCredentials _peer;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _since;
    private readonly ulong _streams = (ulong)Interlocked.Increment(ref _lastSession) << StreamBits; // a driver counts its streams from 1
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static long _lastSession; // atomic

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, CallContext> _calls = [];          // guarded by _gate
    private readonly Dictionary<ulong, (Wait Wait, TaskCompletionSource Done)> _tickets = []; // guarded by _gate
    private readonly HashSet<ulong> _known = [];                          // guarded by _gate: nodes that it was told of
    private readonly HashSet<ulong> _holding = [];                        // guarded by _gate: of those, the ones that it was given blocks of
    private readonly Dictionary<ulong, List<Content>> _kept = [];         // guarded by _gate: outdated versions that it may have open
    private Volume? _volume;                                              // guarded by _gate; set once by Hello
    private string _mountPoint = "";                                      // guarded by _gate; set once by Hello
    private bool _byDescriptor;                                           // guarded by _gate; set once by Hello
    private bool _closed;                                                 // guarded by _gate
    private ulong _lastTicket;                                            // guarded by _gate

    public MountSession(ChannelServer server, SeqpacketSocket socket, PeerCredentials peer, ILogger log, TimeProvider time)
    {
        (_server, _peer, _log, _time) = (server, peer, log, time);
        _since = time.GetUtcNow();
        _connection = new ChannelConnection(socket, this, "channel");
    }

    /// <summary>It came when there were as many as there may be.</summary>
    public bool IsTooMany { get; init; }

    /// <summary>Ends when the connection is closed and every call of it has ended.</summary>
    public Task Ended => _ended.Task;

    public void Start() => _connection.Start();

    public void Dispose() => _connection.Dispose();

    public void Close(Errno reason = 0) => _connection.Close(reason);

    public void OnMessage(Envelope envelope, SafeFd? descriptor)
    {
        Trace("from", envelope);
        descriptor?.Dispose(); // a driver sends none
        try
        {
            if (!Take(envelope))
                Refuse(envelope.BodyCase.ToString());
        }
        catch (Exception failure)
        {
            Log.MessageFailed(_log, failure, _mountPoint, envelope.BodyCase);
            _connection.Close(Errno.EIO);
        }
    }

    public void OnClosed(Errno reason)
    {
        Volume? volume;
        lock (_gate)
        {
            _closed = true;
            volume = _volume;
            volume?.Detach(this); // before any ticket ends: it is expected back, and an invalidation that looks now must see that
            _settled.TrySetResult();
            foreach (CallContext call in _calls.Values)
                call.Cancel();
            foreach ((_, TaskCompletionSource done) in _tickets.Values)
                done.TrySetResult();
            _tickets.Clear();
            EndIfIdle();
        }
        volume?.EndReaders(this);
        LetGo(); // after Detach: nothing is kept for this session any more
        Log.MountGone(_log, volume?.Name ?? "", _mountPoint, reason);
        _server.Forget(this);
    }

    /// <returns>false: a correct driver does not send this here</returns>
    private bool Take(Envelope envelope)
    {
        if (envelope.BodyCase == Envelope.BodyOneofCase.Hello)
            return Greet(envelope.Hello);
        if (_volume is not { } volume)
            return false;
        switch (envelope.BodyCase)
        {
            case Envelope.BodyOneofCase.Ahead:
                return TakeAhead(volume, envelope.Ahead);
            case Envelope.BodyOneofCase.Closed:
                return TakeClosed(volume, envelope.Closed);
            case Envelope.BodyOneofCase.Accessed:
                volume.Accessed(envelope.Accessed.Nodes.Select(id => new NodeId(id)));
                return true;
            case Envelope.BodyOneofCase.Inactive:
                return TakeInactive(envelope.Inactive);
            case Envelope.BodyOneofCase.Cancel:
                return TakeCancel(envelope.Cancel.Sequence);
            case Envelope.BodyOneofCase.Goodbye:
                volume.Leave(this);
                return true;
            case Envelope.BodyOneofCase.InvalidateDone:
                return TakeDone(envelope.InvalidateDone.Ticket);
            default:
                return CallTable.Find(envelope.BodyCase) is { } row && Begin(volume, row, envelope);
        }
    }

    private void Refuse(string what)
    {
        Log.BadMessage(_log, _mountPoint, what);
        _connection.Close(Errno.EPROTO);
    }

    private void EndIfIdle()
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_closed && _calls.Count == 0)
            _ended.TrySetResult();
    }
}
