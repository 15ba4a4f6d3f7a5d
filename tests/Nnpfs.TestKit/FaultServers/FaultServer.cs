using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Nnpfs.TestKit.FaultServers;

/// <summary>A web server that can lie: raw sockets under an honest site whose replies a test may alter.</summary>
public sealed class FaultServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<FaultRequest> _requests = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public FaultServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Ends with "/".</summary>
    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    /// <summary>The honest content, by path without the first "/". May change at any time.</summary>
    public ConcurrentDictionary<string, FaultFile> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Turns the honest reply into the one that is sent.</summary>
    public Func<FaultRequest, FaultReply, FaultReply> Alter { get; set; } = (_, reply) => reply;

    public IReadOnlyList<FaultRequest> Requests => [.. _requests];

    public int Connections => _connections.Count;

    /// <summary>Ends it; a second time does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                while (await FaultRequestReader.ReadAsync(stream, _stop.Token) is { } request)
                {
                    _requests.Enqueue(request);
                    FaultReply reply = Alter(request, FaultSite.Answer(Files, request));
                    if (!await new FaultWriter(client, stream, _stop.Token).SendAsync(request, reply))
                        return;
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client went away, or the test is over.
            }
        }
    }
}
