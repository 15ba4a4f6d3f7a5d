namespace Nnpfs.Daemon.Cache;

/// <summary>What the cache may take. Reclaim begins above the high mark and ends below the low one.</summary>
/// <param name="Bytes">of block files, as allocated on the disk</param>
/// <param name="Nodes">known to the index</param>
/// <param name="HighPercent">of <paramref name="Bytes"/>, where reclaim begins in the background</param>
/// <param name="LowPercent">of <paramref name="Bytes"/> and of <paramref name="Nodes"/>, where reclaim ends</param>
/// <param name="FreeBytes">of the disk, to leave to others</param>
internal sealed record CacheLimits(
    long Bytes = 10L << 30,
    long Nodes = 2_000_000,
    int HighPercent = 95,
    int LowPercent = 90,
    long FreeBytes = 64L << 20)
{
    public long HighBytes => Share(Bytes, HighPercent);

    public long LowBytes => Share(Bytes, LowPercent);

    public long LowNodes => Share(Nodes, LowPercent);

    private static long Share(long whole, int percent) => (whole / 100 * percent) + (whole % 100 * percent / 100);
}
