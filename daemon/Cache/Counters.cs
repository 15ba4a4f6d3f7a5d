namespace Nnpfs.Daemon.Cache;

/// <summary>What the cache did since arlad's start. Fields, because they are counted with Interlocked.</summary>
internal sealed class Counters
{
    public long FilledPages, ReclaimedBlocks, ReclaimedBytes, DroppedNodes, CheckedPages, DamagedPages, SweptFiles, Commits;

    public static void Add(ref long counter, long amount = 1) => Interlocked.Add(ref counter, amount);
}
