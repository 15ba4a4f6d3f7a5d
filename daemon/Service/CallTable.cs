using Nnpfs.Origins;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Body = Nnpfs.Proto.Channel.Envelope.BodyOneofCase;

namespace Nnpfs.Daemon.Service;

/// <summary>Every call that a driver may make: a row each.</summary>
internal static class CallTable
{
    /// <summary>Bytes of one GetData, at most: more is the work of a prefetch.</summary>
    private const ulong MaxLength = 1UL << 30;

    private const int MaxXattrName = 255;

    private static readonly Dictionary<Body, CallRow> Rows = new()
    {
        [Body.GetRoot] = new("GetRoot", _ => NodeId.None, _ => true, Calls.GetRootAsync),
        [Body.GetNode] = new("GetNode", e => new(e.GetNode.Parent), e => IsNode(e.GetNode.Parent) && OriginPath.IsName(e.GetNode.Name.Span), Calls.GetNodeAsync),
        [Body.GetAttr] = new("GetAttr", e => new(e.GetAttr.Node), e => IsNode(e.GetAttr.Node), Calls.GetAttrAsync),
        [Body.GetData] = new("GetData", e => new(e.GetData.Node), e => IsNode(e.GetData.Node) && IsRange(e.GetData.Offset, e.GetData.Length), Calls.GetDataAsync),
        [Body.OpenBlock] = new("OpenBlock", e => new(e.OpenBlock.Node), e => IsNode(e.OpenBlock.Node) && e.OpenBlock.Block <= long.MaxValue, Calls.OpenBlockAsync),
        [Body.GetXattr] = new("GetXattr", e => new(e.GetXattr.Node), e => IsNode(e.GetXattr.Node) && e.GetXattr.Name.Length is > 0 and <= MaxXattrName, Calls.GetXattrAsync),
    };

    /// <returns>null: the message is no call</returns>
    public static CallRow? Find(Body body) => Rows.GetValueOrDefault(body);

    private static bool IsNode(ulong id) => id != 0;

    private static bool IsRange(ulong offset, ulong length) =>
        length <= MaxLength && offset <= long.MaxValue - length;
}
