using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Nnpfs.Bench;

/// <summary>A link with a delay: every byte from the server arrives that much later, at whatever speed. For curl and arlad alike.</summary>
internal sealed class DelayRelay : IDisposable
{
    private const int PieceSize = 256 * 1024, PiecesOnTheWay = 256;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Uri _server;
    private readonly TimeSpan _delay;

    public DelayRelay(Uri server, TimeSpan delay)
    {
        (_server, _delay) = (server, delay);
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _ = AcceptAsync();
    }

    public Uri Url { get; }

    public TimeSpan Delay => _delay;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = RelayAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception end) when (end is ObjectDisposedException or SocketException)
        {
            // Disposed: the link is not needed any more.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            client.NoDelay = server.NoDelay = true;
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port);
                await Task.WhenAny(PassAsync(client, server, TimeSpan.Zero), PassAsync(server, client, _delay));
            }
            catch (SocketException)
            {
                // One side has hung up: so does the other, by the end of this block.
            }
        }
    }

    private static async Task PassAsync(Socket from, Socket to, TimeSpan delay)
    {
        var way = Channel.CreateBounded<(byte[] Piece, int Length, long Due)>(PiecesOnTheWay);
        Task sending = SendAsync(way.Reader, to);
        while (true)
        {
            byte[] piece = System.Buffers.ArrayPool<byte>.Shared.Rent(PieceSize);
            int length = await from.ReceiveAsync(piece);
            if (length == 0)
                break;
            await way.Writer.WriteAsync((piece, length, Stopwatch.GetTimestamp() + (long)(delay.TotalSeconds * Stopwatch.Frequency)));
        }
        way.Writer.Complete();
        await sending;
    }

    private static async Task SendAsync(ChannelReader<(byte[] Piece, int Length, long Due)> way, Socket to)
    {
        await foreach ((byte[] piece, int length, long due) in way.ReadAllAsync())
        {
            TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (left > TimeSpan.FromMilliseconds(1))
                await Task.Delay(left);
            for (int sent = 0; sent < length;)
                sent += await to.SendAsync(piece.AsMemory(sent, length - sent));
            System.Buffers.ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
