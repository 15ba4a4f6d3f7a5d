using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>OPEN: confirms that the version is the current one, and holds it for as long as the file is open.</summary>
/// <remarks>The kernel's pages are kept: they belong to the nodeid, which belongs to the version.</remarks>
internal sealed class OpenHandler(HandlerParts parts) : IHandler<OpenRequest, OpenOut>
{
    /// <returns>a handle; ESTALE: another version is current, upon which the kernel looks the path up again; EISDIR, EINVAL</returns>
    public ValueTask<Result<OpenOut>> HandleAsync(OpenRequest message, Request request)
    {
        if (parts.Nodes.Get(message.Node) is not { } node)
            return new(Errno.ESTALE);
        if (node.Kind != Proto.Channel.Kind.File)
            return new(node.IsDirectory ? Errno.EISDIR : Errno.EINVAL);
        bool isValid = parts.Nodes.View(node).IsValid;
        return isValid && IsProved(ContentOf(node)) ? new(Open(node)) : ConfirmAsync(node, isValid, request);
    }

    private async ValueTask<Result<OpenOut>> ConfirmAsync(Node node, bool isValid, Request request)
    {
        Result<NodeView> confirmed = isValid ? parts.Nodes.View(node) : await parts.Service.AttributesAsync(node, request.Interrupt);
        if (!confirmed.IsOk)
            return parts.Errors.Note(node.Id, confirmed.Errno);
        // A version that is gone already must be found out now: a reader could only be told ESTALE.
        if (ContentOf(node) is var content && !IsProved(content))
        {
            Errno errno = await parts.Data.ProveAsync(content, request.Interrupt);
            if (errno is Errno.ESTALE or Errno.EINTR)
                return parts.Errors.Note(node.Id, errno);
        }
        return Open(node);
    }

    private static bool IsProved(Content content) => content.IsUsed || content.Size == 0;

    private Content ContentOf(Node node) => parts.Nodes.ContentOf(node, parts.Installer.Geometry);

    private Result<OpenOut> Open(Node node)
    {
        if (!parts.Nodes.TryOpen(node))
            return Errno.ESTALE;
        Content content = ContentOf(node);
        var file = new OpenFile(node, content) { Mode = parts.Passthrough.Open(node, content, out int backing) };
        parts.Open.Add(file);
        if (file.Mode != ReadMode.Passthrough)
            return new OpenOut(new FileHandle(file.Key), OpenAnswers.KeepCache | OpenAnswers.NoFlush);
        parts.Reporter.Touch(node); // no read of it will be seen
        return new OpenOut(new FileHandle(file.Key), OpenAnswers.Passthrough | OpenAnswers.NoFlush) { BackingId = backing };
    }
}
