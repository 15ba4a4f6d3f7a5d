using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>One connection: the handshake, and what comes after it.</summary>
internal sealed partial class DaemonChannel
{
    private const uint ProtocolVersion = 1;
    private const ulong ByDescriptorFeature = 1;
    private const int MostWaiting = 4096;
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    private sealed class Link(DaemonChannel channel) : IChannelPeer, IDisposable
    {
        private readonly TaskCompletionSource<ConnectFailure?> _welcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<Errno> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ChannelConnection? _connection;

        /// <summary>Ends when the connection has: why.</summary>
        public Task<Errno> Closed => _closed.Task;

        public bool WasWelcomed { get; private set; }

        public Errno Send(Envelope envelope) => _connection!.Send(envelope);

        public void Close(Errno reason) => _connection?.Close(reason);

        public async Task<ConnectFailure?> ConnectAsync(CancellationToken cancel)
        {
            await Task.Yield(); // a full backlog blocks connect(2): not on the caller's thread
            if (!channel._connect().TryGet(out SeqpacketSocket? socket, out Errno errno))
            {
                _closed.TrySetResult(errno);
                return new ConnectFailure(errno, "");
            }
            _connection = new ChannelConnection(socket, this, "channel");
            _connection.Start();
            _connection.Send(channel.MakeHello());
            try
            {
                return await _welcome.Task.WaitAsync(HandshakeLimit, channel._time, cancel);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                _connection.Close(Errno.ETIMEDOUT);
                return new ConnectFailure(Errno.ETIMEDOUT, "");
            }
        }

        public void OnMessage(Envelope envelope, SafeFd? descriptor)
        {
            bool ok = WasWelcomed
                ? channel.OnMessage(envelope, descriptor)
                : OnHandshake(envelope, descriptor);
            if (ok)
                return;
            channel._counters.BadMessages++;
            channel._log.BadMessage(envelope.BodyCase, envelope.Sequence);
            Close(Errno.EPROTO);
        }

        public void OnClosed(Errno reason)
        {
            channel.OnClosed(this);
            Dispose();
            _welcome.TrySetResult(new ConnectFailure(reason == 0 ? Errno.ECONNRESET : reason, ""));
            _closed.TrySetResult(reason);
        }

        public void Dispose() => _connection?.Dispose();

        private bool OnHandshake(Envelope envelope, SafeFd? descriptor)
        {
            if (envelope.BodyCase == Envelope.BodyOneofCase.Wakeup)
            {
                descriptor?.Dispose();
                Errno errno = ErrnoOf(envelope.Wakeup.Errno);
                _welcome.TrySetResult(new ConnectFailure(errno == 0 ? Errno.EPROTO : errno, envelope.Wakeup.Reason));
                Close(errno);
                return true;
            }
            if (envelope.BodyCase != Envelope.BodyOneofCase.Welcome || !channel.IsSound(envelope.Welcome, descriptor))
            {
                descriptor?.Dispose();
                return false;
            }
            if (!channel._installs.Welcome(envelope.Welcome, descriptor))
                return false;
            WasWelcomed = true;
            channel.OnWelcomed(this, envelope.Welcome);
            _welcome.TrySetResult(null);
            return true;
        }
    }

    private Envelope MakeHello() => new()
    {
        Hello = new Hello
        {
            Versions = { ProtocolVersion },
            Features = _options.BlocksByDescriptor ? ByDescriptorFeature : 0,
            Volume = _options.Volume,
            MountPoint = _options.MountPoint,
            Mount = Google.Protobuf.ByteString.CopyFrom(_options.Mount),
            Epoch = _installs.Epoch,
        },
    };

    private bool IsSound(Welcome welcome, SafeFd? directory) =>
        welcome.Version == ProtocolVersion
        && Geometry.IsValid(welcome.BlockSize)
        && welcome.MaxWaiting > 0
        && welcome.Root != 0
        && (directory is null) == _options.BlocksByDescriptor;

    private void OnWelcomed(Link link, Welcome welcome)
    {
        lock (_gate)
        {
            _counters.Connections++;
            _maxWaiting = (int)Math.Min(welcome.MaxWaiting, MostWaiting);
            _lastSign = _time.GetTimestamp();
            _link = link;
            _connection++;
            SendWaiting();
        }
    }

    private void OnClosed(Link link)
    {
        lock (_gate)
        {
            if (_link != link)
                return;
            _link = null;
            _installs.Gone();
            Unsend();
        }
    }

    /// <returns>false: it says what cannot be</returns>
    private bool OnMessage(Envelope envelope, SafeFd? descriptor)
    {
        Sleeper? sleeper;
        long connection;
        lock (_gate)
        {
            connection = _connection; // the message's own: the next one begins when this one's reader has ended
            _lastSign = _time.GetTimestamp();
            sleeper = _sleepers.GetValueOrDefault(envelope.Sequence);
        }
        switch (envelope.BodyCase)
        {
            case Envelope.BodyOneofCase.Wakeup:
                descriptor?.Dispose();
                OnWakeup(envelope.Sequence, envelope.Wakeup);
                return true;
            case < Envelope.BodyOneofCase.InstallRoot:
                descriptor?.Dispose();
                return false; // a message of the driver's, or a second welcome
            default:
                bool ok = _installs.Take(envelope, sleeper?.Asked ?? _installs.Breaks, connection);
                if (ok && sleeper is not null)
                    KeepFor(sleeper, envelope, descriptor);
                else
                    descriptor?.Dispose();
                return ok;
        }
    }

    private void KeepFor(Sleeper sleeper, Envelope envelope, SafeFd? descriptor)
    {
        lock (_gate)
        {
            if (_sleepers.ContainsKey(sleeper.Sequence))
                sleeper.Keep(envelope, descriptor);
            else
                descriptor?.Dispose();
        }
    }
}
