using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>A volume that the index knows, configured now or not.</summary>
internal sealed record VolumeRow(long Id, string Name, int BlockSize, NodeId Root);
