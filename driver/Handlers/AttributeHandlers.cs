using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>GETATTR: a node's attributes, from its token or from arlad.</summary>
/// <remarks>Of a directory it stands for an OPENDIR: before the kernel opens one by itself, it wants to know its attributes.</remarks>
internal sealed class GetAttrHandler(HandlerParts parts) : IHandler<GetAttrRequest, AttrOut>
{
    /// <returns>the attributes; ESTALE: the node, or this version of it, is not there any more: the kernel looks its path up again</returns>
    public ValueTask<Result<AttrOut>> HandleAsync(GetAttrRequest message, Request request)
    {
        Result<NodeView> view = AttributeAnswer.AtOnce(parts, message.Node);
        return view.Errno == Errno.EAGAIN ? AskAsync(message.Node, request) : new(Make(view));
    }

    private async ValueTask<Result<AttrOut>> AskAsync(ulong node, Request request) =>
        Make(await AttributeAnswer.AskAsync(parts, node, request.Interrupt));

    private static Result<AttrOut> Make(Result<NodeView> view) =>
        view.TryGet(out NodeView value, out Errno errno) ? new AttrOut(value.Lent, value.ToAttr()) : errno;
}

/// <summary>STATX: as GETATTR.</summary>
internal sealed class StatxHandler(HandlerParts parts) : IHandler<StatxRequest, StatxOut>
{
    /// <returns>as <see cref="GetAttrHandler"/></returns>
    public ValueTask<Result<StatxOut>> HandleAsync(StatxRequest message, Request request)
    {
        Result<NodeView> view = AttributeAnswer.AtOnce(parts, message.Node);
        return view.Errno == Errno.EAGAIN ? AskAsync(message.Node, request) : new(Make(view));
    }

    private async ValueTask<Result<StatxOut>> AskAsync(ulong node, Request request) =>
        Make(await AttributeAnswer.AskAsync(parts, node, request.Interrupt));

    private static Result<StatxOut> Make(Result<NodeView> view) =>
        view.TryGet(out NodeView value, out Errno errno) ? new StatxOut(value.Lent, value.ToAttr()) : errno;
}

/// <summary>What both answer.</summary>
internal static class AttributeAnswer
{
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(1);

    /// <returns>the attributes; ESTALE; EAGAIN: arlad must be asked</returns>
    public static Result<NodeView> AtOnce(HandlerParts parts, ulong key)
    {
        if (parts.Nodes.Get(key) is not { } node)
            return Errno.ESTALE;
        NodeView view = parts.Nodes.View(node);
        // fstat of a file that is open in an older version shows that version; the kernel does not tell it from stat.
        if (node.Outdated)
            return MayBeOpen(parts, node) ? view with { Lent = Frozen } : Errno.ESTALE;
        return view.Lent > TimeSpan.Zero ? view : Errno.EAGAIN;
    }

    public static async ValueTask<Result<NodeView>> AskAsync(HandlerParts parts, ulong key, CancellationToken interrupt)
    {
        if (parts.Nodes.Get(key) is not { } node)
            return Errno.ESTALE;
        Result<NodeView> asked = await parts.Service.AttributesAsync(node, interrupt);
        if (asked.IsOk)
            return node.IsDirectory ? await WithoutOldListingAsync(parts, node) : asked;
        if (asked.Errno != Errno.ESTALE)
            return parts.Errors.Note(node.Id, asked.Errno);
        // A file that was removed at the origin is still a file for those who have it open.
        return MayBeOpen(parts, node) ? parts.Nodes.View(node) with { Lent = Frozen } : Errno.ESTALE;
    }

    private static async ValueTask<NodeView> WithoutOldListingAsync(HandlerParts parts, Node directory)
    {
        if (parts.Nodes.OutdatedListing(directory) is var version && version != 0)
        {
            await parts.Installer.Invalidator!.DropListingAsync(directory.Key);
            parts.Nodes.GaveUpListing(directory, version);
        }
        return parts.Nodes.View(directory);
    }

    /// <summary>Where opens are elided, any file may be open; the name is taken back, so that who asks by path looks it up again.</summary>
    private static bool MayBeOpen(HandlerParts parts, Node node)
    {
        if (!parts.ElidesOpens || node.IsDirectory)
            return node.Opens > 0; // of a directory, never
        if (node is { Parent: { } parent, Name: { } name })
            parts.Installer.Invalidator!.Enqueue(new TakenBack([new Taken(0, parent.Key, name) { IsFile = true }]));
        return true;
    }
}
