using Nnpfs.Posix;

namespace Nnpfs.TestKit.Channels;

/// <summary>Stands between drivers and arlad on a socket of its own. It hands packets and descriptors on, until it is told to cut.</summary>
public sealed class CuttingRelay : IAsyncDisposable
{
    private readonly string _channel;
    private readonly SeqpacketListener _listener;
    private readonly Thread _acceptor;

    private readonly Lock _gate = new();
    private readonly List<RelayedConnection> _connections = []; // guarded by _gate: all that there ever were
    private ChannelCut? _next;                                  // guarded by _gate

    /// <param name="path">where drivers connect</param>
    /// <param name="channel">where arlad listens</param>
    public CuttingRelay(string path, string channel)
    {
        (Path, _channel) = (path, channel);
        _listener = SeqpacketListener.Listen(path, 0x180).Value; // 0600
        _acceptor = new Thread(AcceptAll) { IsBackground = true, Name = "relay acceptor" };
        _acceptor.Start();
    }

    public string Path { get; }

    /// <summary>Connections that are there now.</summary>
    public int Open => All().Count(connection => !connection.Ended.IsCompleted);

    /// <summary>Connections that ended where they were told to.</summary>
    public int Cuts => All().Count(connection => connection.WasCut);

    /// <summary>Messages on the newest connection.</summary>
    public int Passed(ChannelDirection direction) => All()[^1].Passed(direction);

    /// <summary>The next connection is cut; those after it are left alone.</summary>
    public void CutNext(ChannelCut cut)
    {
        lock (_gate)
            _next = cut;
    }

    /// <summary>Ends every connection that there is, and waits until it is gone.</summary>
    public async Task DropAsync()
    {
        RelayedConnection[] dropped = All();
        foreach (RelayedConnection connection in dropped.Where(one => !one.Ended.IsCompleted))
            connection.Close();
        await Task.WhenAll(dropped.Select(connection => connection.Ended)).WaitAsync(Patience.Limit);
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Shutdown();
        _acceptor.Join();
        _listener.Dispose();
        await DropAsync();
    }

    private RelayedConnection[] All()
    {
        lock (_gate)
            return [.. _connections];
    }

    private void AcceptAll()
    {
        while (_listener.Accept().TryGet(out SeqpacketSocket? driver, out _))
        {
            if (SeqpacketSocket.Connect(_channel).TryGet(out SeqpacketSocket? arlad, out _))
                Adopt(driver, arlad);
            else
                driver.Dispose(); // as arlad would: the driver tries again
        }
    }

    private void Adopt(SeqpacketSocket driver, SeqpacketSocket arlad)
    {
        lock (_gate)
        {
            var connection = new RelayedConnection(driver, arlad, _next);
            _next = null;
            _connections.Add(connection);
            connection.Start();
        }
    }
}
