using System.Numerics;

namespace Nnpfs.Origins.Fetching;

/// <summary>Finds filled and missing pages by the store's maps, 64 pages at a time.</summary>
internal static class PageScan
{
    private const int Group = 64;

    /// <returns>the first missing page of [first, end); <paramref name="end"/> when there is none</returns>
    internal static long FirstMissing(this IPageStore store, long first, long end) => First(store, first, end, wanted: 0);

    /// <returns>the first filled page of [first, end); <paramref name="end"/> when there is none</returns>
    internal static long FirstFilled(this IPageStore store, long first, long end) => First(store, first, end, wanted: ulong.MaxValue);

    /// <returns>the last missing page of [first, end); <paramref name="first"/> - 1 when there is none</returns>
    internal static long LastMissing(this IPageStore store, long first, long end)
    {
        for (long page = end - 1; page >= first; page = (page / Group * Group) - 1)
        {
            int bit = (int)(page % Group);
            ulong missing = ~store.FilledPages(page / Group) << (Group - 1 - bit);
            if (missing != 0)
                return Math.Max(page - BitOperations.LeadingZeroCount(missing), first - 1);
        }
        return first - 1;
    }

    private static long First(IPageStore store, long first, long end, ulong wanted)
    {
        for (long page = first; page < end; page = ((page / Group) + 1) * Group)
        {
            ulong found = ~(store.FilledPages(page / Group) ^ wanted) >> (int)(page % Group);
            if (found != 0)
                return Math.Min(page + BitOperations.TrailingZeroCount(found), end);
        }
        return end;
    }
}
