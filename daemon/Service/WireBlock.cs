using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using ReclaimedBlock = Nnpfs.Daemon.Cache.Blocks.ReclaimedBlock;

namespace Nnpfs.Daemon.Service;

/// <summary>Blocks as messages have them.</summary>
internal static class WireBlock
{
    public static BlockMap Of(long block, BlockState state) =>
        new() { Block = (ulong)block, Generation = state.Generation, Map = state.Map, Run = state.InRun };

    public static Proto.Channel.ReclaimedBlock Of(ReclaimedBlock gone)
    {
        bool isRun = gone.Block == BlockName.Run;
        return new() { Node = gone.Node.Value, Version = gone.Version, Block = isRun ? 0 : (ulong)gone.Block, Generation = gone.Generation, Run = isRun };
    }
}
