namespace Nnpfs.Origins.Http.Listings;

/// <summary>Collects the entries of one listing: each name once, only names that can be entries, and not without end.</summary>
internal sealed class ListingSink(int limit = ListingSink.MaxEntries)
{
    public const int MaxEntries = 1_000_000;

    private readonly HashSet<OriginPath> _names = [];

    public List<ListedEntry> Entries { get; } = [];

    public bool IsFull => Entries.Count >= limit;

    /// <summary>What is no name ("..", "a/b", more than 255 bytes) or was there before is dropped.</summary>
    public void Add(ListedEntry entry)
    {
        if (!IsFull && OriginPath.IsName(entry.Name) && _names.Add(OriginPath.Root.Join(entry.Name)))
            Entries.Add(entry);
    }
}
