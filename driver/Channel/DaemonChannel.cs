using Microsoft.Extensions.Logging;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>The driver's end of the channel, over as many connections as it takes: calls that sleep until their wakeup, and posts.</summary>
/// <remarks>
/// Knows nothing of nodes or content: what is installed goes to <see cref="IInstalls"/>. Who calls while arlad is away waits
/// until it is back, and is asked for again. Lock order: the gate is held over sends, which never block, and over nothing else.
/// </remarks>
internal sealed partial class DaemonChannel : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromSeconds(1);

    private readonly ChannelOptions _options;
    private readonly IInstalls _installs;
    private readonly Counters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Func<Result<SeqpacketSocket>> _connect;
    private readonly CancellationTokenSource _stop = new();

    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, Sleeper> _sleepers = []; // guarded by _gate, in the order of their calls
    private readonly Queue<Sleeper> _unsent = new();                  // guarded by _gate
    private ulong _lastSequence;                                      // guarded by _gate
    private int _inFlight;                                            // guarded by _gate
    private int _maxWaiting;                                          // guarded by _gate
    private Link? _link;                                              // guarded by _gate: welcomed; null while arlad is away
    private long _connection;                                         // guarded by _gate: counts those that were welcomed
    private long _lastSign;                                           // guarded by _gate: a timestamp
    private Task _run = Task.CompletedTask;
    private ITimer? _watch;

    /// <param name="options">of the mount</param>
    /// <param name="installs">takes in what arlad sends</param>
    /// <param name="counters">of messages</param>
    /// <param name="time">of pauses and limits</param>
    /// <param name="log">of the driver</param>
    /// <param name="connect">null: connects to the options' socket</param>
    public DaemonChannel(
        ChannelOptions options, IInstalls installs, Counters counters, TimeProvider time, ILogger log,
        Func<Result<SeqpacketSocket>>? connect = null)
    {
        (_options, _installs, _counters, _time, _log) = (options, installs, counters, time, log);
        _connect = connect ?? (() => SeqpacketSocket.Connect(options.SocketPath));
        _lastSign = time.GetTimestamp();
    }

    /// <summary>Whether arlad is there.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_gate)
                return _link is not null;
        }
    }

    /// <summary>Calls that have no wakeup yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _sleepers.Count;
        }
    }

    /// <summary>Names the mount in every Hello.</summary>
    public byte[] MountId => _options.Mount;

    /// <summary>Connects for the first time, once; afterwards the channel looks after itself.</summary>
    /// <returns>null: welcomed; else what a user can do something with</returns>
    public async Task<ConnectFailure?> StartAsync(CancellationToken cancel)
    {
        Link link = new(this);
        ConnectFailure? failure = await link.ConnectAsync(cancel);
        if (failure is not null)
            return failure;
        TimeSpan tick = TimeSpan.FromTicks(Math.Clamp(_options.Timeout.Ticks / 8, TimeSpan.TicksPerMillisecond * 10, TimeSpan.TicksPerSecond));
        _watch = _time.CreateTimer(_ => Watch(), null, tick, tick);
        _run = RunAsync(link);
        return null;
    }

    /// <summary>Sends a message that nobody answers; it is dropped while arlad is away.</summary>
    /// <returns>zero, or why it did not go</returns>
    public Errno Post(Envelope envelope)
    {
        lock (_gate)
            return _link is { } link ? Send(link, envelope) : Errno.ENOTCONN;
    }

    /// <summary>As the other, on one connection alone: what answers a message of it says nothing, or something else, on the next.</summary>
    public Errno Post(Envelope envelope, long connection)
    {
        lock (_gate)
            return _link is { } link && _connection == connection ? Send(link, envelope) : Errno.ENOTCONN;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_watch is not null)
            await _watch.DisposeAsync();
        lock (_gate)
        {
            if (_link is not null)
                Send(_link, new Envelope { Goodbye = new() });
            _link?.Close(0);
        }
        await _run;
        FailAll();
        _stop.Dispose();
    }

    /// <summary>From the first connection on: waits for its end, and connects again.</summary>
    private async Task RunAsync(Link first)
    {
        Link link = first;
        TimeSpan pause = FirstPause;
        while (true)
        {
            Errno reason = await link.Closed;
            if (_stop.IsCancellationRequested)
                return;
            if (link.WasWelcomed)
            {
                _log.ArladGone(reason, _options.Timeout);
                pause = FirstPause;
            }
            try
            {
                await Task.Delay(pause, _time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            link = new Link(this);
            ConnectFailure? failure = await link.ConnectAsync(_stop.Token);
            if (failure is null)
                _log.ArladBack();
            else
                _log.ArladStillGone(failure.Errno, failure.Reason);
        }
    }

    private Errno Send(Link link, Envelope envelope)
    {
        _counters.CountSent(envelope.BodyCase);
        return link.Send(envelope);
    }
}

/// <summary>Why the mount got no welcome.</summary>
/// <param name="Errno">ENOENT, ECONNREFUSED: arlad does not run (Reason is empty), or there is no such volume; EACCES; ETIMEDOUT; EPROTO</param>
/// <param name="Reason">arlad's words; empty: it was not arlad that refused</param>
internal sealed record ConnectFailure(Errno Errno, string Reason);
