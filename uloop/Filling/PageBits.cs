using System.Numerics;

namespace Nnpfs.Uloop.Filling;

/// <summary>Which pages of the data are filled, in memory. Knows no file.</summary>
/// <remarks>Any number of threads; a bit is only ever set, and by the one that has just filled its page.</remarks>
internal sealed class PageBits(long pages)
{
    private readonly ulong[] _words = new ulong[(pages + 63) / 64];
    private long _missing = pages; // atomic

    public long Pages { get; } = pages;

    public long Groups => _words.LongLength;

    /// <summary>Pages that are not filled.</summary>
    public long Missing => Interlocked.Read(ref _missing);

    /// <summary>Of a group of 64: bit i stands for page 64 * <paramref name="group"/> + i.</summary>
    public ulong Word(long group) => Volatile.Read(ref _words[group]);

    public bool AreFilled(long first, long count)
    {
        for (long page = first; page < first + count;)
        {
            int bit = (int)(page % 64);
            int taken = (int)Math.Min(64 - bit, first + count - page);
            ulong mask = MaskOf(bit, taken);
            if ((Word(page / 64) & mask) != mask)
                return false;
            page += taken;
        }
        return true;
    }

    /// <param name="first">page number</param>
    /// <param name="count">of pages of one group of 64</param>
    public void Fill(long first, int count) => Set(first / 64, MaskOf((int)(first % 64), count));

    /// <summary>Sets what is known of a group from elsewhere.</summary>
    public void Set(long group, ulong mask)
    {
        ulong before = Interlocked.Or(ref _words[group], mask);
        Interlocked.Add(ref _missing, -BitOperations.PopCount(mask & ~before));
    }

    /// <summary>The bits that a group can have: the last one may be short.</summary>
    public ulong AllOf(long group) => MaskOf(0, (int)Math.Min(64, Pages - (group * 64)));

    private static ulong MaskOf(int first, int count) => (count == 64 ? ulong.MaxValue : (1UL << count) - 1) << first;
}
