using System.Numerics;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>Notices when a version that lies in one file has become whole: whoever knows a part of it is told of all.</summary>
internal sealed partial class Content
{
    private long _filledPages = -1; // guarded by _gate; of the one file; -1: not counted

    // Holds _gate; the bits are in the block's map already.
    private void CountFilled(long index, Block block, ulong young)
    {
        bool isInOneFile = block.InRun || (Geometry.BlocksIn(Size) == 1 && !block.IsTransient);
        if (young == 0 || !isInOneFile)
            return;
        if (_filledPages >= 0)
            _filledPages += BitOperations.PopCount(young);
        else if (block.Map == Geometry.FullMap(index, Size)) // counted no sooner than it may matter
            _filledPages = block.InRun ? BlocksOfRun().Sum(one => (long)BitOperations.PopCount(one.Value.Map)) : BitOperations.PopCount(block.Map);
        long pages = Geometry.PagesIn(Size);
        if (_filledPages == pages && pages > 1) // who asked for the one page there is is told of it anyway
            TellWhole();
    }

    private void TellWhole()
    {
        _volume.Keep(this);
        ThreadPool.QueueUserWorkItem(static content =>
        {
            content._volume.BecameWhole?.Invoke(content);
            content.Release();
        }, this, preferLocal: false);
    }
}
