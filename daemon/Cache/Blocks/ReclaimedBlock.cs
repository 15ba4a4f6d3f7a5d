using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>A block file that is no more: its name will never mean a file again.</summary>
/// <param name="Block"><see cref="BlockName.Run"/>: the run, with every block in it</param>
internal readonly record struct ReclaimedBlock(NodeId Node, ulong Version, long Block, ulong Generation);

/// <summary>What the cache has of one block: part of its file's name, and which of its pages are filled.</summary>
/// <param name="Generation">zero = there is no file</param>
/// <param name="Map">bit i: page i is filled</param>
/// <param name="InRun">the file is the version's run, and the block lies at its offset in the content</param>
internal readonly record struct BlockState(ulong Generation, ulong Map, bool InRun);
