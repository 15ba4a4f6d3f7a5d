using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>Names one version of one node's content.</summary>
internal readonly record struct ContentKey(NodeId Node, ulong Version);
