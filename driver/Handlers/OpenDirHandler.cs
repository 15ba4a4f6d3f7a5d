using Nnpfs.Driver.Data;
using Nnpfs.Driver.Kernel;
using Nnpfs.Driver.Nodes;
using Nnpfs.Driver.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>OPENDIR: confirms the directory. The kernel keeps its own copy of the listing while the version holds.</summary>
internal sealed class OpenDirHandler(HandlerParts parts) : IHandler<OpenRequest, OpenOut>
{
    /// <returns>a handle; ESTALE: the directory is gone; ENOTDIR</returns>
    public ValueTask<Result<OpenOut>> HandleAsync(OpenRequest message, Request request)
    {
        if (parts.Nodes.Get(message.Node) is not { } node)
            return new(Errno.ESTALE);
        if (!node.IsDirectory)
            return new(Errno.ENOTDIR);
        return parts.Nodes.View(node).IsValid ? new(Open(node)) : ConfirmAsync(node, request);
    }

    private async ValueTask<Result<OpenOut>> ConfirmAsync(Node node, Request request)
    {
        Result<NodeView> confirmed = await parts.Service.AttributesAsync(node, request.Interrupt);
        return confirmed.IsOk ? Open(node) : parts.Errors.Note(node.Id, confirmed.Errno);
    }

    private Result<OpenOut> Open(Node node)
    {
        if (!parts.Nodes.TryOpen(node))
            return Errno.ESTALE;
        // The kernel's listing is of the version that was listed last: it stays while that is the current one.
        bool keep = parts.Nodes.Listing(node, out _) is { } listing && node.ListedVersion == listing.Version;
        var directory = new OpenFile(node, null);
        parts.Open.Add(directory);
        return new OpenOut(new FileHandle(directory.Key), OpenAnswers.CacheDir | (keep ? OpenAnswers.KeepCache : 0));
    }
}
