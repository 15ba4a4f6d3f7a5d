using Nnpfs.Proto.Channel;

namespace Nnpfs.Proto;

/// <summary>Cuts an InstallData of many blocks into several that each fit a packet.</summary>
public static class InstallDataSplit
{
    /// <summary>A BlockMap takes 35 bytes at most on the wire: 1,500 of them leave room for the rest.</summary>
    public const int MaxBlocks = 1500;

    /// <summary>The same message when it fits; else parts of it in order, each of which stands for itself.</summary>
    public static IEnumerable<InstallData> Split(InstallData whole)
    {
        if (whole.Blocks.Count <= MaxBlocks)
        {
            yield return whole;
            yield break;
        }
        for (int start = 0; start < whole.Blocks.Count; start += MaxBlocks)
        {
            var part = new InstallData
            {
                Node = whole.Node,
                Version = whole.Version,
                Size = whole.Size,
                Stream = whole.Stream,
                Mark = whole.Mark,
            };
            for (int i = start; i < Math.Min(start + MaxBlocks, whole.Blocks.Count); i++)
                part.Blocks.Add(whole.Blocks[i]);
            yield return part;
        }
    }
}
