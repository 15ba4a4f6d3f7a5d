using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Nnpfs.TestKit.FaultServers;

/// <summary>Sends one reply, with what is wrong about it.</summary>
internal sealed class FaultWriter(TcpClient client, NetworkStream stream, CancellationToken stop)
{
    private const int PieceSize = 64 << 10;

    /// <returns>true where the connection can go on</returns>
    public async Task<bool> SendAsync(FaultRequest request, FaultReply reply)
    {
        if (reply.CutAfter == -1)
            return Reset();
        if (reply.StallAfter == -1)
            return await StallAsync();
        await WriteAsync(Head(reply));
        if (reply.EndlessHead)
            return await EndlessAsync();
        await WriteAsync("\r\n");
        if (request.Method == "HEAD" || reply.Status is 304 or 204)
            return true;
        return await SendBodyAsync(reply) && reply.Headers.GetValueOrDefault("Connection") != "close";
    }

    private static string Head(FaultReply reply)
    {
        var head = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {reply.Status} Reason\r\n"));
        foreach ((string name, string value) in reply.Headers.Where(field => field.Value.Length > 0))
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (reply.Chunked)
            head.Append("Transfer-Encoding: chunked\r\n");
        else if (!reply.Headers.ContainsKey("Content-Length") && !reply.EndlessHead)
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {reply.Body.Length}\r\n");
        return head.ToString();
    }

    private async Task<bool> SendBodyAsync(FaultReply reply)
    {
        int sent = 0;
        while (true)
        {
            if (sent == reply.CutAfter)
                return Reset();
            if (sent == reply.StallAfter)
                return await StallAsync();
            if (sent == reply.Body.Length)
                break;
            int until = Math.Min(reply.Body.Length, sent + (reply.Drip ?? PieceSize));
            until = sent < reply.CutAfter ? Math.Min(until, reply.CutAfter.Value) : until;
            until = sent < reply.StallAfter ? Math.Min(until, reply.StallAfter.Value) : until;
            await SendPieceAsync(reply, reply.Body[sent..until]);
            sent = until;
        }
        if (reply.Chunked)
            await WriteAsync("0\r\n\r\n");
        return true;
    }

    private async Task SendPieceAsync(FaultReply reply, ReadOnlyMemory<byte> piece)
    {
        if (reply.Chunked)
            await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{piece.Length:x}\r\n"));
        await stream.WriteAsync(piece, stop);
        if (reply.Chunked)
            await WriteAsync("\r\n");
        if (reply.Drip is not null)
            await Task.Delay(1, stop);
    }

    private async Task<bool> EndlessAsync()
    {
        for (int i = 0; ; i++)
            await WriteAsync(string.Create(CultureInfo.InvariantCulture, $"X-{i}: {new string('x', 500)}\r\n"));
    }

    private async Task<bool> StallAsync()
    {
        var one = new byte[1];
        return await stream.ReadAsync(one, stop) < 0; // until the client gives up; never true
    }

    private bool Reset()
    {
        client.LingerState = new LingerOption(true, 0);
        client.Close();
        return false;
    }

    private async Task WriteAsync(string text) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), stop);
}
