using Nnpfs.Driver.Data;

namespace Nnpfs.Driver.Nodes;

/// <summary>The readers of directories: in which listing each goes on, and of which one the kernel keeps a copy.</summary>
/// <remarks>
/// INVARIANT: the kernel relies on a directory's attributes for no longer than on the copy of its listing: it asks for them before
/// it opens a directory, and a copy of another version is gone before they are answered.
/// INVARIANT: what it was told of a listing becomes a copy when it is told the end, which it is of a current listing alone: of
/// another one it first gives up what it has.
/// </remarks>
internal sealed partial class NodeTable
{
    private readonly OldListings _oldListings = new(); // guarded by _gate

    /// <summary>The listing that a reader is in the middle of, or that one at the begin may begin without asking.</summary>
    /// <returns>null: none is here, or the current one may not be relied on</returns>
    public Content? ListingAt(Node directory, in ListingPlace place)
    {
        if (place.IsBegin)
            return Listing(directory, out _);
        lock (_gate)
        {
            Content? current = directory.Content;
            return current is not null && ListingPlace.MarkOf(current.Node, current.Version) == place.Mark
                ? current
                : _oldListings.Find(directory.Key, place.Mark);
        }
    }

    /// <summary>A reader is told the end of a listing: the kernel has a copy of all of it from then on.</summary>
    /// <param name="directory">which</param>
    /// <param name="listing">that it read</param>
    /// <param name="isLentLonger">with true: the kernel was lent the attributes for longer than the listing holds</param>
    /// <returns>false: it is not the current one</returns>
    public bool TryKeepListing(Node directory, Content listing, out bool isLentLonger)
    {
        lock (_gate)
        {
            isLentLonger = false;
            if (directory.Content != listing || directory.Version != listing.Version || listing.Version == 0)
                return false;
            isLentLonger = directory.LentLonger || directory.ExpiresAt > directory.ListedUntil;
            (directory.ListedVersion, directory.LentLonger) = (listing.Version, false);
            return true;
        }
    }

    /// <summary>The version of which the kernel has a copy of the listing, though another one is current; 0: none.</summary>
    public ulong OutdatedListing(Node directory)
    {
        lock (_gate)
            return directory.ListedVersion == directory.Version ? 0 : directory.ListedVersion;
    }

    /// <summary>The kernel has given up its copy of that version, and of any before.</summary>
    public void GaveUpListing(Node directory, ulong version)
    {
        lock (_gate)
        {
            if (directory.ListedVersion == version)
                directory.ListedVersion = 0;
        }
    }

    /// <summary>Until when the kernel may rely on a node's attributes: milliseconds of the table's clock; 0: not at all.</summary>
    private static long LentUntil(Node node)
    {
        if (node.ListedVersion == 0)
            return node.ExpiresAt;
        return node.ListedVersion == node.Version ? Math.Min(node.ExpiresAt, node.ListedUntil) : 0;
    }

    private void ReplaceListing(Node directory, Content? listing)
    {
        if (directory.Content is { } old && directory.References > 0)
            _oldListings.Add(directory.Key, old);
        directory.Content = listing;
    }
}
