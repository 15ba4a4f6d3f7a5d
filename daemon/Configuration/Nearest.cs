namespace Nnpfs.Daemon.Configuration;

/// <summary>Guesses what a mistyped word was meant to be.</summary>
internal static class Nearest
{
    /// <returns>the candidate with the fewest edits, where that is few enough to be a guess; else null</returns>
    public static string? To(string word, IEnumerable<string> candidates)
    {
        string? best = candidates.MinBy(candidate => Edits(word, candidate));
        return best is not null && Edits(word, best) <= Math.Max(2, best.Length / 3) ? best : null;
    }

    /// <summary>Insertions, deletions and replacements between the two.</summary>
    private static int Edits(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int corner = row[0]++;
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = corner + (left[i - 1] == right[j - 1] ? 0 : 1);
                corner = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
