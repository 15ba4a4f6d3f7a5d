using Nnpfs.Origins;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>The columns of a node that SQLite itself looks at.</summary>
internal readonly record struct NodeRow(NodeId Id, NodeId Parent, byte[] Name, OriginKind Kind, long Size, ulong Version);
