using Nnpfs.Driver.Data;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Nodes;

/// <summary>What a directory's listing may vouch for.</summary>
internal sealed partial class NodeTable
{
    /// <summary>The listing of a directory, when it is the current version's and the token holds.</summary>
    /// <param name="left">how long it may be relied on</param>
    public Content? Listing(Node directory, out TimeSpan left)
    {
        lock (_gate)
        {
            left = LeftUntil(directory.ListedUntil);
            return left > TimeSpan.Zero && directory.Content is { } content && content.Version == directory.Version ? content : null;
        }
    }

    /// <summary>A listing of the directory's version may be relied on: arlad said so of the directory itself.</summary>
    /// <remarks>
    /// The listing of the directory above vouches for its attributes, not for what is in it: a changed file changes no
    /// directory's facts.
    /// </remarks>
    public bool IsListingValid(Node directory)
    {
        lock (_gate)
            return LeftUntil(directory.ListedUntil) > TimeSpan.Zero;
    }

    /// <summary>Lends a reference to what an entry of a listing leads to, when the listing or a token of its own vouches for it.</summary>
    /// <param name="parent">the directory</param>
    /// <param name="listing">its content, which the entry is from</param>
    /// <param name="entry">as the listing has it</param>
    /// <param name="view">with true: its token is the node's own or the directory's, whichever lasts longer</param>
    public bool TryLendListed(Node parent, Content listing, in DirectoryEntryView entry, out NodeView view)
    {
        lock (_gate)
        {
            view = default;
            Node? node = _current.GetValueOrDefault(entry.Node);
            if (node is not null && node.Kind != entry.Kind)
                return false;
            if ((entry.IsExact || (IsAlone && entry.IsTold)) && entry.Attributes.Size <= Content.MaxSize
                && listing == parent.Content && Vouches(listing, node, entry.Node, entry.Version))
            {
                long expires = entry.IsExact ? parent.ListedUntil : 1; // told alone: run out since ever, which does while nobody can be asked
                node = FindOrAdd(entry.Node, entry.Attributes, entry.Version);
                if (node.ExpiresAt < expires)
                    Adopt(node, entry, expires);
            }
            if (node is null || !(view = ViewLocked(node)).IsValid)
                return false;
            LendLocked(node, parent, entry.Name);
            return true;
        }
    }

    /// <summary>Where pages of a version are to be installed; made when it is the first time.</summary>
    /// <param name="id">the node</param>
    /// <param name="version">of the pages</param>
    /// <param name="size">bytes of that version, 0 to <see cref="Content.MaxSize"/></param>
    /// <param name="geometry">of the volume</param>
    /// <param name="asked"><see cref="Breaks"/> before the call that they answer</param>
    /// <returns>null: the node or the version is not known here; of a file, its size may be another than told</returns>
    public Content? ContentFor(NodeId id, ulong version, long size, Geometry geometry, long asked)
    {
        lock (_gate)
        {
            Node? node = _old.GetValueOrDefault((id, version)) ?? _current.GetValueOrDefault(id);
            if (node is null)
                return null;
            if (node.IsDirectory)
                return ListingFor(node, version, size, geometry, asked);
            return node.Kind == Proto.Channel.Kind.File && node.Version == version ? OpenContent(node, geometry) : null;
        }
    }

    /// <summary>The content that is known of a version; null: none.</summary>
    public Content? ContentIfAny(NodeId id, ulong version)
    {
        lock (_gate)
        {
            Content? content = (_old.GetValueOrDefault((id, version)) ?? _current.GetValueOrDefault(id))?.Content;
            return content?.Version == version ? content : null;
        }
    }

    /// <summary>A file's content, made when it is first used.</summary>
    public Content ContentOf(Node file, Geometry geometry)
    {
        if (file.Content is { } content)
            return content;
        lock (_gate)
            return OpenContent(file, geometry);
    }

    private static Content OpenContent(Node file, Geometry geometry) =>
        file.Content ??= new Content(file.Id, file.Version, file.Attributes.Size, geometry);

    private Content ListingFor(Node node, ulong version, long size, Geometry geometry, long asked)
    {
        if (node.Content is { } content && content.Version == version && content.Size == size)
        {
            content.VouchedAt = Math.Max(content.VouchedAt, asked);
            return content;
        }
        var listing = new Content(node.Id, version, size, geometry) { InstalledAt = asked, VouchedAt = asked };
        ReplaceListing(node, listing);
        return listing;
    }

    private bool Vouches(Content listing, Node? node, NodeId id, ulong version)
    {
        long broken = node?.BrokenAt ?? _unknown.GetValueOrDefault(id);
        // A directory's version is its listing's, which the listing above it may have met at another time.
        bool isOlder = node is { IsDirectory: false } && node.Version > version;
        return broken <= listing.InstalledAt && _allBrokenAt <= listing.VouchedAt && !isOlder;
    }

    private static void Adopt(Node node, in DirectoryEntryView entry, long expires)
    {
        node.Attributes = entry.Attributes;
        node.ExpiresAt = expires;
        node.Version = Math.Max(node.Version, entry.Version);
        if (node.Kind == Proto.Channel.Kind.Symlink && !entry.Target.SequenceEqual(node.Target))
            node.Target = entry.Target.ToArray();
    }
}
