using Nnpfs.Daemon.Cache.Blocks;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>Where a block belongs.</summary>
/// <param name="Volume">the row id of its volume</param>
internal readonly record struct BlockPlace(ContentKey Content, long Block, long Volume);

/// <summary>A block in the order of reclaim.</summary>
/// <param name="Used">second of its own last use</param>
/// <param name="Generation">orders the blocks of one second</param>
/// <param name="Bytes">that its reclaim would free</param>
/// <param name="ContentUsed">second in which a driver last read its version</param>
/// <param name="InRun">its reclaim takes every block of the version's run</param>
internal readonly record struct BlockAge(BlockPlace Place, long Used, ulong Generation, long Bytes, long ContentUsed, bool InRun);
