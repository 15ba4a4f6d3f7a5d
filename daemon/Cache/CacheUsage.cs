namespace Nnpfs.Daemon.Cache;

/// <summary>What the index holds of one volume.</summary>
/// <param name="Nodes">records</param>
/// <param name="Blocks">block files</param>
/// <param name="Bytes">of block files</param>
/// <param name="PinnedBytes">of those, the ones that reclaim leaves alone</param>
internal readonly record struct CacheUsage(long Nodes, long Blocks, long Bytes, long PinnedBytes);
