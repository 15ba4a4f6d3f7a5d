using System.Globalization;

namespace Nnpfs.Driver.Data;

/// <summary>How much of the cache is lent: to the kernel that reads it by itself, and to programs that were handed a descriptor.</summary>
/// <remarks>What is lent cannot be reclaimed: more than half of what the cache may have is never lent at once. Nor are so many files held
/// that none is left for reads.</remarks>
/// <param name="limit">what the cache may have, in bytes</param>
/// <param name="mostFiles">that may be held at once</param>
internal sealed class LentRoom(Func<long> limit, int mostFiles)
{
    private long _bytes; // atomic
    private int _files;  // atomic

    public int Files => Volatile.Read(ref _files);

    public bool Has(long size) => Volatile.Read(ref _bytes) + size <= limit() / 2 && Files < mostFiles;

    /// <param name="size">bytes of one more</param>
    /// <returns>why it has no room; empty: it has</returns>
    public string Crowded(long size) => Has(size) ? ""
        : Files < mostFiles ? "as much is lent already as may be: half of what the cache may have"
        : string.Create(CultureInfo.InvariantCulture, $"as many files are lent already as may be: {mostFiles}, half of those that are kept open for reads");

    public void Take(long size)
    {
        Interlocked.Add(ref _bytes, size);
        Interlocked.Increment(ref _files);
    }

    public void GiveBack(long size)
    {
        Interlocked.Add(ref _bytes, -size);
        Interlocked.Decrement(ref _files);
    }
}
