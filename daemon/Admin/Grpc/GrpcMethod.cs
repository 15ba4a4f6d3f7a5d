using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;

namespace Nnpfs.Daemon.Admin.Grpc;

/// <summary>One method with its request's type hidden: parses, and runs its handler.</summary>
internal abstract class GrpcMethod
{
    /// <returns>what will run the handler; null when the bytes are no such message</returns>
    public abstract Func<ReplyStream, CancellationToken, ValueTask<GrpcStatus>>? Parse(ReadOnlySequence<byte> message);
}

/// <inheritdoc/>
internal sealed class GrpcMethod<TRequest>(
    MessageParser<TRequest> parser, Func<TRequest, ReplyStream, CancellationToken, ValueTask<GrpcStatus>> handler) : GrpcMethod
    where TRequest : class, IMessage<TRequest>
{
    public override Func<ReplyStream, CancellationToken, ValueTask<GrpcStatus>>? Parse(ReadOnlySequence<byte> message) =>
        TryParse(message, out TRequest? request) ? (replies, cancel) => handler(request, replies, cancel) : null;

    // The parser has no other way to say "malformed" than this exception.
    private bool TryParse(ReadOnlySequence<byte> message, [NotNullWhen(true)] out TRequest? request)
    {
        try
        {
            request = parser.ParseFrom(message);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            request = null;
            return false;
        }
    }
}
