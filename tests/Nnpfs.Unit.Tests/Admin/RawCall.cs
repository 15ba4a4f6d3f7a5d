using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Google.Protobuf;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>A gRPC call made of bytes that the test chooses: what a stock client would never send.</summary>
internal sealed record RawCall
{
    public string Path { get; init; } = "/nnpfs.admin.v1.Admin/Status";

    public byte[] Body { get; init; } = [0, 0, 0, 0, 0]; // an empty message

    public string ContentType { get; init; } = "application/grpc";

    public string? Timeout { get; init; }

    /// <summary>A frame around a message.</summary>
    public static byte[] Frame(IMessage message, byte flag = 0)
    {
        byte[] bytes = message.ToByteArray();
        return [flag, 0, (byte)(bytes.Length >> 16), (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    public async Task<RawAnswer> SendAsync(string socket, CancellationToken cancel = default)
    {
        using HttpClient http = ClientOf(socket);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost" + Path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(ContentType) } },
        };
        if (Timeout is not null)
            request.Headers.TryAddWithoutValidation("grpc-timeout", Timeout);
        using HttpResponseMessage response = await http.SendAsync(request, cancel);
        string Trailer(string name) => response.TrailingHeaders.TryGetValues(name, out var values) ? values.First() : "";
        GrpcCode? code = Trailer("grpc-status") is { Length: > 0 } status ? (GrpcCode)int.Parse(status) : null;
        return new((int)response.StatusCode, code, GrpcText.Decode(Trailer("grpc-message")), Trailer("nnpfs-errno"));
    }

    public static HttpClient ClientOf(string socket) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await unix.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel);
            return new NetworkStream(unix, ownsSocket: true);
        },
    })
    { Timeout = TestKit.Patience.Limit };
}

internal sealed record RawAnswer(int Http, GrpcCode? Code, string Message, string Errno);
