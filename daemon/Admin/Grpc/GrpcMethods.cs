using Google.Protobuf;

namespace Nnpfs.Daemon.Admin.Grpc;

/// <summary>Answers one request with one reply.</summary>
internal delegate ValueTask<Outcome<TReply>> UnaryHandler<in TRequest, TReply>(TRequest request, CancellationToken cancel)
    where TReply : class;

/// <summary>Answers one request with any number of replies, each of which is sent before the next is taken.</summary>
internal delegate ValueTask<GrpcStatus> StreamHandler<in TRequest, in TReply>(
    TRequest request, ReplyStream replies, CancellationToken cancel)
    where TReply : IMessage;

/// <summary>One service's methods by name: what <c>MapGrpcService</c> would make of the generated base class.</summary>
/// <param name="service">with its package: nnpfs.admin.v1.Admin</param>
internal sealed class GrpcMethods(string service)
{
    private readonly Dictionary<string, GrpcMethod> _byPath = new(StringComparer.Ordinal);

    /// <summary>The HTTP paths, "/service/Method".</summary>
    public IReadOnlyCollection<string> Paths => _byPath.Keys;

    public GrpcMethods Unary<TRequest, TReply>(
        string name, MessageParser<TRequest> parser, UnaryHandler<TRequest, TReply> handler)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage =>
        Add(name, new GrpcMethod<TRequest>(parser, async (request, replies, cancel) =>
        {
            Outcome<TReply> outcome = await handler(request, cancel);
            if (!outcome.TryGet(out TReply? reply, out GrpcStatus status))
                return status;
            await replies.SendAsync(reply, cancel);
            return GrpcStatus.Ok;
        }));

    public GrpcMethods Stream<TRequest, TReply>(
        string name, MessageParser<TRequest> parser, StreamHandler<TRequest, TReply> handler)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage =>
        Add(name, new GrpcMethod<TRequest>(parser, handler.Invoke));

    public GrpcMethod? Find(string path) => _byPath.GetValueOrDefault(path);

    private GrpcMethods Add(string name, GrpcMethod method)
    {
        _byPath.Add($"/{service}/{name}", method);
        return this;
    }
}
