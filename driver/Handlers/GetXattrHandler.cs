using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nnpfs.Driver.Boosting;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;
using Node = Nnpfs.Driver.Nodes.Node;

namespace Nnpfs.Driver.Handlers;

/// <summary>GETXATTR: what the mount knows of a node, for people. The origin is asked of arlad, the rest is here.</summary>
internal sealed class GetXattrHandler(HandlerParts parts) : IHandler<GetXattrRequest, Bytes>
{
    /// <returns>the value; ENODATA: no such attribute; ERANGE; ESTALE</returns>
    public ValueTask<Result<Bytes>> HandleAsync(GetXattrRequest message, Request request)
    {
        if (parts.Nodes.Get(message.Node) is not { } node)
            return new(Errno.ESTALE);
        if (!message.Name.Bytes.StartsWith("user.nnpfs."u8))
            return new(Errno.ENODATA);
        if (node.Kind == Kind.File && BoostAsk.TryParse(message.Name.Bytes, out BoostAsk ask))
            return BoostAsync(node, ask, message, request);
        string name = message.Name.ToString();
        if (name == XattrNames.Origin)
            return AskAsync(node, message, request);
        string? value = ValueOf(node, name);
        return new(value is null ? Errno.ENODATA : Answer(Encoding.UTF8.GetBytes(value), message.Size, request));
    }

    /// <summary>A program wants to read the file past FUSE: the answer says whether a descriptor lies in its socket.</summary>
    private ValueTask<Result<Bytes>> BoostAsync(Node node, BoostAsk ask, GetXattrRequest message, Request request)
    {
        if (message.Size < BoostGrant.Size) // zero asks for the size, and for nothing else
            return new(message.Size == 0 ? Answer(default(BoostGrant), 0, request) : Errno.ERANGE);
        if (ask.Way == BoostWay.IsOpen && !parts.Nodes.View(node).IsValid)
            return ConfirmAsync(node, ask, message, request);
        parts.Reporter.Touch(node); // no read of it will be seen
        ValueTask<BoostGrant> boost = parts.Boost.BoostAsync(node, parts.Nodes.ContentOf(node, parts.Installer.Geometry), ask, request);
        return boost.IsCompletedSuccessfully ? new(Answer(boost.Result, message.Size, request)) : AnswerAsync(boost, message.Size, request);
    }

    /// <summary>The question stands for an open: as that does, it finds out whether the version is the current one.</summary>
    /// <returns>ESTALE: another one is; arlad's errno</returns>
    private async ValueTask<Result<Bytes>> ConfirmAsync(Node node, BoostAsk ask, GetXattrRequest message, Request request)
    {
        Result<NodeView> confirmed = await parts.Service.AttributesAsync(node, request.Interrupt);
        if (!confirmed.IsOk)
            return confirmed.Errno;
        parts.Reporter.Touch(node);
        ValueTask<BoostGrant> boost = parts.Boost.BoostAsync(node, parts.Nodes.ContentOf(node, parts.Installer.Geometry), ask, request);
        return await AnswerAsync(boost, message.Size, request);
    }

    private static async ValueTask<Result<Bytes>> AnswerAsync(ValueTask<BoostGrant> boost, int size, Request request)
    {
        BoostGrant grant = await boost;
        await request.RoomAsync(size);
        return Answer(grant, size, request);
    }

    private static Result<Bytes> Answer(BoostGrant grant, int size, Request request) =>
        Answer(MemoryMarshal.AsBytes(new ReadOnlySpan<BoostGrant>(in grant)), size, request);

    private string? ValueOf(Node node, string name)
    {
        NodeView view = parts.Nodes.View(node);
        return name switch
        {
            XattrNames.Version => view.Version.ToString(CultureInfo.InvariantCulture),
            XattrNames.Cached => Cached(node, view),
            XattrNames.Node => node.Id.ToString(),
            XattrNames.BlockSize => parts.Installer.Geometry.BlockSize.ToString(CultureInfo.InvariantCulture),
            XattrNames.Expires => string.Create(CultureInfo.InvariantCulture, $"{view.Left.TotalSeconds:0.###}"),
            XattrNames.LastError => parts.Errors.Of(node.Id),
            XattrNames.Mode when node.Kind == Kind.File => new ModeReport(parts).Of(node),
            XattrNames.Stats when node.Key == 1 => Stats(),
            XattrNames.Booster when node.Kind == Kind.File => parts.Boost.Greeting,
            XattrNames.Boosters when node.Key == 1 => parts.Boost.ToJson(),
            _ => null,
        };
    }

    private string Stats()
    {
        int open = parts.Open.All().Count(file => file != file.Node.Stream);
        return parts.Counters.ToJson(parts.Nodes.Count, parts.Channel.Waiting, open, parts.Boost.Boosters.All.Length, parts.Boost.Loans.Count);
    }

    /// <summary>Bytes and share of the content that are known to be in the cache: "65536 12.5%".</summary>
    private static string Cached(Node node, in NodeView view)
    {
        Content? content = node.Content;
        long size = node.IsDirectory ? content?.Size ?? 0 : view.Attributes.Size, filled = content?.FilledBytes() ?? 0;
        double share = size == 0 ? 100 : 100.0 * filled / size;
        return string.Create(CultureInfo.InvariantCulture, $"{filled} {share:0.#}%");
    }

    private async ValueTask<Result<Bytes>> AskAsync(Node node, GetXattrRequest message, Request request)
    {
        int size = message.Size;
        var call = new GetXattr { Node = node.Id.Value, Name = Google.Protobuf.ByteString.CopyFrom(message.Name.Bytes) };
        Result<CallAnswer> answer = await parts.Channel.CallAsync(new Envelope { GetXattr = call }, request.Interrupt);
        if (!answer.IsOk)
            return answer.Errno;
        if (answer.Value.Install?.InstallXattr is not { } install || install.Node != call.Node || install.Name != call.Name)
            return Errno.EIO;
        await request.RoomAsync(Math.Max(size, XattrAnswer.SizeOnly));
        return Answer(install.Value.Span, size, request);
    }

    private static Result<Bytes> Answer(ReadOnlySpan<byte> value, int size, Request request) =>
        XattrAnswer.Of(value, size, request.Room(Math.Max(size, XattrAnswer.SizeOnly)).Span);
}
