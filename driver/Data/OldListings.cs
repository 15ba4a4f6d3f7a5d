namespace Nnpfs.Driver.Data;

/// <summary>Listings that were replaced while the kernel knew their directories: somebody may be in the middle of one.</summary>
/// <remarks>Nobody tells when a reader is done, so they are few, and the oldest goes first. Guarded by its owner.</remarks>
internal sealed class OldListings
{
    public const int Max = 1024;

    private readonly Dictionary<(ulong Directory, ulong Mark), Content> _listings = [];
    private readonly Queue<(ulong Directory, ulong Mark)> _order = [];

    /// <param name="directory">its key</param>
    /// <param name="listing">what it was until now</param>
    public void Add(ulong directory, Content listing)
    {
        (ulong, ulong) key = (directory, ListingPlace.MarkOf(listing.Node, listing.Version));
        if (!_listings.TryAdd(key, listing))
            return;
        _order.Enqueue(key);
        if (_order.Count > Max)
            _listings.Remove(_order.Dequeue());
    }

    /// <returns>null: it is not known any more</returns>
    public Content? Find(ulong directory, ulong mark) => _listings.GetValueOrDefault((directory, mark));
}
