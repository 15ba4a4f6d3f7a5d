using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Service;

/// <summary>Listens on the channel's socket and keeps a session per connected mount. Knows nothing of messages.</summary>
internal sealed class ChannelServer : IAsyncDisposable
{
    private const int MaxRefused = 16;

    private readonly SeqpacketListener _listener;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Volume> _volumes;
    private readonly Thread _acceptor;

    private readonly Lock _gate = new();
    private readonly HashSet<MountSession> _sessions = []; // guarded by _gate
    private bool _closing;                                 // guarded by _gate

    private ChannelServer(SeqpacketListener listener, ChannelOptions options, IEnumerable<Volume> volumes, ILogger log, TimeProvider time)
    {
        (_listener, Options, _log, _time) = (listener, options, log, time);
        _volumes = volumes.ToDictionary(volume => volume.Name, StringComparer.Ordinal);
        _acceptor = new Thread(AcceptAll) { IsBackground = true, Name = "channel acceptor" };
    }

    public ChannelOptions Options { get; }

    public string VolumeNames => string.Join(", ", _volumes.Keys.Order(StringComparer.Ordinal));

    /// <returns>EADDRINUSE: another arlad listens there; ENOENT, EACCES: of the socket's directory</returns>
    public static Result<ChannelServer> Start(ChannelOptions options, IEnumerable<Volume> volumes, ILogger log, TimeProvider time)
    {
        Result<SeqpacketListener> listening = SeqpacketListener.Listen(options.Socket, options.Mode);
        if (!listening.TryGet(out SeqpacketListener? listener, out Errno errno))
            return errno;
        var server = new ChannelServer(listener, options, volumes, log, time);
        server._acceptor.Start();
        return server;
    }

    public Volume? FindVolume(string name) => _volumes.GetValueOrDefault(name);

    /// <summary>Block files belong to arlad's user: it and root can open them by name.</summary>
    public bool MayOpenByName(PeerCredentials peer) => peer.Uid == 0 || peer.Uid == Options.Owner;

    public void Forget(MountSession session)
    {
        lock (_gate)
            _sessions.Remove(session);
    }

    /// <summary>Runs one connection: from the acceptor, or handed in by a test.</summary>
    public void Adopt(SeqpacketSocket socket)
    {
        if (!socket.Peer().TryGet(out PeerCredentials? peer, out Errno errno))
        {
            Log.AcceptFailed(_log, errno);
            socket.Dispose();
            return;
        }
        lock (_gate)
        {
            // Some beyond the limit are let in as far as to be told why they may not stay.
            if (!_closing && _sessions.Count < Options.MaxMounts + MaxRefused)
            {
                var session = new MountSession(this, socket, peer, _log, _time) { IsTooMany = _sessions.Count >= Options.MaxMounts };
                _sessions.Add(session);
                session.Start();
                return;
            }
        }
        Log.TooManyMounts(_log, Options.MaxMounts);
        socket.Dispose();
    }

    /// <summary>Removes the socket, closes every session and waits for their calls to end.</summary>
    public async ValueTask DisposeAsync()
    {
        MountSession[] sessions;
        lock (_gate)
        {
            _closing = true;
            sessions = [.. _sessions];
        }
        _listener.Shutdown();
        _acceptor.Join();
        _listener.Dispose();
        foreach (MountSession session in sessions)
            session.Close();
        await Task.WhenAll(sessions.Select(session => session.Ended));
    }

    private void AcceptAll()
    {
        while (true)
        {
            Result<SeqpacketSocket> accepted = _listener.Accept();
            if (accepted.IsOk)
                Adopt(accepted.Value);
            else if (accepted.Errno is Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.ENOBUFS)
                Rest(accepted.Errno);
            else
                return; // shut down
        }
    }

    /// <summary>No descriptors are left for the moment: the connection waits in the backlog.</summary>
    private void Rest(Errno errno)
    {
        Log.AcceptFailed(_log, errno);
        Thread.Sleep(TimeSpan.FromMilliseconds(200));
    }
}
