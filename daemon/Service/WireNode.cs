using Google.Protobuf;
using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>A node as the channel shows it.</summary>
internal static class WireNode
{
    public static Node Of(NodeRecord record, ulong validMs) => new()
    {
        Id = record.Id.Value,
        Version = record.Version,
        ValidMs = validMs,
        Target = UnsafeByteOperations.UnsafeWrap(record.Facts.Target),
        Attributes = Of(record.Facts),
    };

    private static Attributes Of(OriginFacts facts) => new()
    {
        Kind = (Kind)facts.Kind,
        Permissions = facts.Permissions & 0xFFF,
        Links = facts.Links,
        Uid = facts.Uid,
        Gid = facts.Gid,
        Size = (ulong)Math.Max(facts.Size, 0),
        MtimeNs = facts.MtimeNs,
        CtimeNs = facts.CtimeNs,
        Device = facts.Device,
    };
}
