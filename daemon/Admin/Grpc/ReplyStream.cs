using System.IO.Pipelines;
using Google.Protobuf;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Daemon.Admin.Grpc;

/// <summary>Sends the replies of one call. A slow reader slows its sender down: nothing piles up here.</summary>
internal sealed class ReplyStream(PipeWriter body)
{
    /// <summary>Sends one reply; ends when the transport has taken it. A caller who is gone is a cancellation.</summary>
    public async ValueTask SendAsync(IMessage reply, CancellationToken cancel)
    {
        GrpcFrame.Write(body, reply);
        FlushResult flushed = await body.FlushAsync(cancel);
        if (flushed.IsCompleted || flushed.IsCanceled)
            throw new OperationCanceledException("the caller is gone");
    }
}
