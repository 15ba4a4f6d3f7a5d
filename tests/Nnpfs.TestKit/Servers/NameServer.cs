using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Nnpfs.TestKit.Servers;

/// <summary>A name server on a loopback address of its own: every name has the address 127.0.0.1.</summary>
/// <remarks>SOURCE: RFC 1035, section 4. Its port cannot be chosen: resolv.conf knows 53 alone.</remarks>
public sealed class NameServer : IDisposable
{
    private const int HeaderSize = 12, Recursive = 0x8180;
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Parse(Address), 53));
    private readonly Task _serving;
    private int _questions;

    public NameServer() => _serving = ServeAsync();

    public const string Address = "127.0.0.153";

    public int Questions => Volatile.Read(ref _questions);

    public void Dispose()
    {
        _socket.Dispose();
        _serving.Wait();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                UdpReceiveResult asked = await _socket.ReceiveAsync();
                Interlocked.Increment(ref _questions);
                await _socket.SendAsync(Answer(asked.Buffer), asked.RemoteEndPoint);
            }
        }
        catch (Exception ended) when (ended is ObjectDisposedException or SocketException)
        {
            // By Dispose.
        }
    }

    private static byte[] Answer(byte[] question)
    {
        int end = HeaderSize;
        while (question[end] != 0)
            end += question[end] + 1;
        bool wantsAddress = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(end + 1)) == 1; // type A
        byte[] header = question[..HeaderSize];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), Recursive);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), wantsAddress ? (ushort)1 : (ushort)0);
        header.AsSpan(8).Clear();
        byte[] record = [0xC0, HeaderSize, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1];
        return [.. header, .. question[HeaderSize..(end + 5)], .. wantsAddress ? record : []];
    }
}
