using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Daemon.Admin.Grpc;

/// <summary>Serves gRPC calls over HTTP/2 requests: framing, deadlines, cancellation, status trailers. Knows no method itself.</summary>
/// <remarks>SOURCE: gRPC's doc/PROTOCOL-HTTP2.md. Unary and server-streaming methods; no compression.</remarks>
/// <param name="methods">what can be called</param>
/// <param name="log">of calls that failed by surprise</param>
/// <param name="time">runs the deadlines</param>
/// <param name="stopping">the server is about to end: calls in flight end with UNAVAILABLE</param>
internal sealed class GrpcDispatcher(GrpcMethods methods, ILogger log, TimeProvider time, CancellationToken stopping)
{
    /// <summary>Bytes that a request's message may have.</summary>
    public const int MaxRequest = 16 << 20;

    private const string ContentType = "application/grpc";

    public async Task HandleAsync(HttpContext http)
    {
        if (!IsGrpc(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        http.Response.ContentType = ContentType;
        http.Response.Headers["grpc-accept-encoding"] = "identity";
        Finish(http.Response, await AnswerAsync(http));
    }

    /// <summary>Ends a call that is not to be looked at, with a status.</summary>
    public static void Refuse(HttpContext http, GrpcStatus status)
    {
        http.Response.ContentType = ContentType;
        Finish(http.Response, status);
    }

    private async Task<GrpcStatus> AnswerAsync(HttpContext http)
    {
        string path = http.Request.Path.Value ?? "";
        if (methods.Find(path) is not { } method)
            return new(GrpcCode.Unimplemented, $"{path}: this arlad has no such method; is the client newer than it?");
        if (!TryGetDeadline(http.Request, out TimeSpan deadline))
            return new(GrpcCode.Internal, "the header grpc-timeout is malformed");

        using var late = new CancellationTokenSource(deadline, time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, late.Token, stopping);
        try
        {
            return await RunAsync(method, http, ended.Token);
        }
        catch (OperationCanceledException)
        {
            return late.IsCancellationRequested ? new(GrpcCode.DeadlineExceeded, "the caller's time limit passed")
                : stopping.IsCancellationRequested ? new(GrpcCode.Unavailable, "arlad is ending")
                : new(GrpcCode.Cancelled, "the caller gave up");
        }
        catch (Exception e)
        {
            log.AdminCallFailed(path, e);
            return new(GrpcCode.Internal, $"arlad failed, its log has the details: {e.Message}", Errno.EIO);
        }
    }

    private static async Task<GrpcStatus> RunAsync(GrpcMethod method, HttpContext http, CancellationToken cancel)
    {
        PipeReader body = http.Request.BodyReader;
        ReadResult read = await ReadToEndAsync(body, cancel);
        ReadOnlySequence<byte> rest = read.Buffer;
        GrpcStatus status = TakeOne(ref rest, out ReadOnlySequence<byte> message);
        var run = status.IsOk ? method.Parse(message) : null; // parsing copies: the buffer may go now
        body.AdvanceTo(read.Buffer.End);
        if (!status.IsOk)
            return status;
        return run is null
            ? new(GrpcCode.Internal, "the request is no message of the method's type")
            : await run(new ReplyStream(http.Response.BodyWriter), cancel);
    }

    // Until the caller has said that there is no more, or has sent more than one message can have.
    private static async Task<ReadResult> ReadToEndAsync(PipeReader body, CancellationToken cancel)
    {
        while (true)
        {
            ReadResult read = await body.ReadAsync(cancel);
            if (read.IsCompleted || read.Buffer.Length > GrpcFrame.HeaderLength + MaxRequest)
                return read;
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static GrpcStatus TakeOne(ref ReadOnlySequence<byte> rest, out ReadOnlySequence<byte> message) =>
        GrpcFrame.TryTake(ref rest, MaxRequest, out message) switch
        {
            FrameState.Whole when rest.IsEmpty => GrpcStatus.Ok,
            FrameState.Whole => new(GrpcCode.Internal, "the method takes one message, more came"),
            FrameState.Compressed => new(GrpcCode.Unimplemented, "compressed messages are not taken"),
            FrameState.TooLarge => new(GrpcCode.ResourceExhausted, $"the message is longer than {MaxRequest} bytes"),
            FrameState.NeedsMore => new(GrpcCode.Internal, "the request ended within its message"),
            _ => new(GrpcCode.Internal, "the request is not framed as gRPC messages are"),
        };

    private static bool IsGrpc(HttpRequest request) =>
        HttpMethods.IsPost(request.Method)
        && request.ContentType is { } type
        && type.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase)
        && (type.Length == ContentType.Length || type[ContentType.Length] is '+' or ';');

    // No header: no deadline. Longer than a timer can run counts as none as well.
    private static bool TryGetDeadline(HttpRequest request, out TimeSpan deadline)
    {
        deadline = Timeout.InfiniteTimeSpan;
        if (request.Headers["grpc-timeout"] is not [{ } header])
            return request.Headers["grpc-timeout"].Count == 0;
        if (!GrpcText.TryDecodeTimeout(header, out TimeSpan timeout))
            return false;
        if (timeout.TotalMilliseconds < int.MaxValue)
            deadline = timeout;
        return true;
    }

    private static void Finish(HttpResponse response, GrpcStatus status)
    {
        response.AppendTrailer("grpc-status", ((int)status.Code).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (status.Message.Length > 0)
            response.AppendTrailer("grpc-message", GrpcText.Encode(status.Message));
        if (status.Errno != 0)
            response.AppendTrailer("nnpfs-errno", status.Errno.ToString());
    }
}
