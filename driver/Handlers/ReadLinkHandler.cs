using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>READLINK: the target came with the node, and never changes: another target is another version.</summary>
internal sealed class ReadLinkHandler(HandlerParts parts) : IHandler<ReadLinkRequest, Bytes>
{
    /// <returns>the target; EINVAL: not a symlink; ESTALE: forgotten</returns>
    public ValueTask<Result<Bytes>> HandleAsync(ReadLinkRequest message, Request request)
    {
        if (parts.Nodes.Get(message.Node) is not { } node)
            return new(Errno.ESTALE);
        if (node.Kind != Proto.Channel.Kind.Symlink)
            return new(Errno.EINVAL);
        return node.Target is { } target && parts.Nodes.View(node).IsValid ? new(Put(target, request)) : AskAsync(node, request);
    }

    private async ValueTask<Result<Bytes>> AskAsync(Node node, Request request)
    {
        Result<NodeView> asked = await parts.Service.AttributesAsync(node, request.Interrupt);
        if (!asked.IsOk)
            return parts.Errors.Note(node.Id, asked.Errno);
        if (node.Target is not { } target)
            return Errno.EIO;
        await request.RoomAsync(target.Length);
        return Put(target, request);
    }

    private static Bytes Put(byte[] target, Request request)
    {
        target.CopyTo(request.Room(target.Length));
        return new Bytes(target.Length);
    }
}
