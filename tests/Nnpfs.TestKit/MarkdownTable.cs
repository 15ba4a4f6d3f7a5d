namespace Nnpfs.TestKit;

/// <summary>The tables of a document: for tests that compare it with what the programs do.</summary>
public static class MarkdownTable
{
    /// <summary>Rows of every table beneath one heading (or above the first, with an empty one), without the tables' heads.</summary>
    /// <param name="document">a path from the root of the source tree</param>
    /// <param name="heading">of any level, without its signs</param>
    /// <returns>cells, without blanks and backticks around them</returns>
    public static IEnumerable<string[]> Rows(string document, string heading = "")
    {
        string current = "", before = "";
        foreach (string line in Checkout.Read(document).Split('\n'))
        {
            if (line.StartsWith("##", StringComparison.Ordinal))
                current = line.TrimStart('#').Trim();
            bool isRow = line.StartsWith('|') && !line.StartsWith("|--", StringComparison.Ordinal) && before.StartsWith('|');
            before = line;
            if (isRow && current == heading)
                yield return [.. line.Trim('|').Split('|').Select(cell => cell.Trim().Trim('`'))];
        }
    }

    /// <summary>Headings of a level.</summary>
    public static IEnumerable<string> Headings(string document, int level) => Checkout.Read(document).Split('\n')
        .Where(line => line.StartsWith(new string('#', level) + " ", StringComparison.Ordinal))
        .Select(line => line[level..].Trim());
}
