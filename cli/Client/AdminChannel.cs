using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Cli.Client;

/// <summary>A gRPC client of the admin service over one Unix socket: unary and server-streaming calls.</summary>
/// <remarks>SOURCE: gRPC's doc/PROTOCOL-HTTP2.md.</remarks>
/// <param name="socket">path of arlad's admin socket</param>
/// <param name="deadline">of a unary call</param>
internal sealed class AdminChannel(string socket, TimeSpan deadline) : IDisposable
{
    private const string Service = "nnpfs.admin.v1.Admin";
    private const int MaxReply = 16 << 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectCallback = (_, cancel) => AdminSocket.ConnectAsync(socket, cancel),
        UseProxy = false,
        AllowAutoRedirect = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>One request, one reply. Throws <see cref="AdminException"/> or <see cref="UnreachableException"/>.</summary>
    public async Task<TReply> CallAsync<TReply>(string method, IMessage request, MessageParser<TReply> parser, CancellationToken cancel)
        where TReply : class, IMessage<TReply>
    {
        TReply? reply = null;
        await foreach (TReply next in RunAsync(method, request, parser, deadline, cancel))
            reply = next;
        return reply ?? throw new AdminException(GrpcCode.Internal, "arlad answered without a reply");
    }

    /// <summary>One request, any number of replies, without a deadline. Leaving the loop cancels the call.</summary>
    public IAsyncEnumerable<TReply> StreamAsync<TReply>(
        string method, IMessage request, MessageParser<TReply> parser, CancellationToken cancel)
        where TReply : class, IMessage<TReply> =>
        RunAsync(method, request, parser, null, cancel);

    public void Dispose() => _http.Dispose();

    private async IAsyncEnumerable<TReply> RunAsync<TReply>(
        string method, IMessage request, MessageParser<TReply> parser, TimeSpan? limit, [EnumeratorCancellation] CancellationToken cancel)
        where TReply : class, IMessage<TReply>
    {
        using HttpRequestMessage message = RequestOf(method, request, limit);
        using HttpResponseMessage response = await SendAsync(message, cancel);
        Check(response.Headers); // a failure without any reply
        PipeReader body = PipeReader.Create(await response.Content.ReadAsStreamAsync(cancel));
        while (await NextAsync(body, parser, cancel) is { } reply)
            yield return reply;
        await body.CompleteAsync();
        if (!Check(response.TrailingHeaders))
            throw new AdminException(GrpcCode.Unavailable, "arlad ended the call in the middle: did it stop?");
    }

    private static HttpRequestMessage RequestOf(string method, IMessage request, TimeSpan? limit)
    {
        var frame = new ArrayBufferWriter<byte>();
        GrpcFrame.Write(frame, request);
        var content = new ReadOnlyMemoryContent(frame.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        var message = new HttpRequestMessage(HttpMethod.Post, $"http://localhost/{Service}/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        message.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        if (limit is { } time)
            message.Headers.Add("grpc-timeout", GrpcText.EncodeTimeout(time));
        return message;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancel)
    {
        try
        {
            HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancel);
            return response.StatusCode == HttpStatusCode.OK
                ? response
                : throw new AdminException(GrpcCode.Unknown, $"{socket} answered HTTP {(int)response.StatusCode}: is that arlad's admin socket?");
        }
        catch (HttpRequestException e)
        {
            throw new UnreachableException(AdminSocket.WhyNot(socket, e.InnerException as SocketException));
        }
    }

    private static async Task<TReply?> NextAsync<TReply>(PipeReader body, MessageParser<TReply> parser, CancellationToken cancel)
        where TReply : class, IMessage<TReply>
    {
        while (true)
        {
            ReadResult read = await ReadAsync(body, cancel);
            ReadOnlySequence<byte> rest = read.Buffer;
            FrameState state = GrpcFrame.TryTake(ref rest, MaxReply, out ReadOnlySequence<byte> frame);
            if (state == FrameState.Whole)
            {
                TReply reply = parser.ParseFrom(frame);
                body.AdvanceTo(rest.Start);
                return reply;
            }
            if (state != FrameState.NeedsMore || (read.IsCompleted && !rest.IsEmpty))
                throw new AdminException(GrpcCode.Internal, $"arlad's reply is no gRPC message ({state})");
            if (read.IsCompleted)
                return null;
            body.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static async Task<ReadResult> ReadAsync(PipeReader body, CancellationToken cancel)
    {
        try
        {
            return await body.ReadAsync(cancel);
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !cancel.IsCancellationRequested)
        {
            throw new AdminException(GrpcCode.Unavailable, "the connection to arlad broke: did it stop?");
        }
    }

    /// <returns>false without a status; throws for every status but OK</returns>
    private static bool Check(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("grpc-status", out IEnumerable<string>? values) || !int.TryParse(values.First(), out int status))
            return false;
        string Header(string name) => headers.TryGetValues(name, out IEnumerable<string>? found) ? found.First() : "";
        return status == 0
            ? true
            : throw new AdminException((GrpcCode)status, GrpcText.Decode(Header("grpc-message")), Header("nnpfs-errno"));
    }
}
