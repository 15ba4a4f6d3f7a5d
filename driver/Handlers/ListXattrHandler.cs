using System.Text;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>LISTXATTR: the names that GETXATTR answers.</summary>
internal sealed class ListXattrHandler(HandlerParts parts) : IHandler<ListXattrRequest, Bytes>
{
    /// <returns>the names, each ended by a NUL; ERANGE; ESTALE</returns>
    public ValueTask<Result<Bytes>> HandleAsync(ListXattrRequest message, Request request)
    {
        if (parts.Nodes.Get(message.Node) is not { } node)
            return new(Errno.ESTALE);
        var names = new StringBuilder();
        foreach (string name in XattrNames.OfEveryNode)
            names.Append(name).Append('\0');
        if (node.Kind == Proto.Channel.Kind.File)
            names.Append(XattrNames.Mode).Append('\0');
        if (parts.Errors.Of(node.Id) is not null)
            names.Append(XattrNames.LastError).Append('\0');
        if (node.Key == 1)
            names.Append(XattrNames.Stats).Append('\0');
        byte[] list = Encoding.UTF8.GetBytes(names.ToString());
        return new(XattrAnswer.Of(list, message.Size, request.Room(Math.Max(message.Size, XattrAnswer.SizeOnly)).Span));
    }
}
