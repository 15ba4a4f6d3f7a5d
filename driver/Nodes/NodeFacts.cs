using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Nodes;

/// <summary>A node as a message tells it, checked.</summary>
/// <param name="ValidMs">how long it may be relied on from its arrival, in milliseconds</param>
internal readonly record struct NodeFacts(NodeId Id, NodeAttributes Attributes, ulong Version, byte[]? Target, long ValidMs)
{
    /// <summary>No token is believed for longer than this: a day, in milliseconds.</summary>
    public const long MaxValidMs = 24 * 3600 * 1000L;

    /// <returns>false: an id, attribute or target that cannot be</returns>
    public static bool TryFrom(Proto.Channel.Node? message, out NodeFacts facts)
    {
        facts = default;
        if (message is null || message.Id == 0 || !NodeAttributes.TryFrom(message.Attributes, out NodeAttributes attributes))
            return false;
        if (attributes.Size > Data.Content.MaxSize || message.Target.Length > DirectoryFileReader.MaxTarget || message.Target.Span.Contains((byte)0))
            return false;
        byte[]? target = attributes.Kind == Kind.Symlink ? message.Target.ToByteArray() : null;
        facts = new NodeFacts(new NodeId(message.Id), attributes, message.Version, target, Clamp(message.ValidMs));
        return true;
    }

    public static long Clamp(ulong validMs) => (long)Math.Min(validMs, MaxValidMs);
}
