using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using DirectoryEntry = Nnpfs.Fuse.Kernel.DirectoryEntry;
using Node = Nnpfs.Driver.Nodes.Node;

namespace Nnpfs.Driver.Handlers;

/// <summary>READDIR and READDIRPLUS: entries out of the directory file, in its order.</summary>
/// <remarks>The kernel opens directories by itself. A reader begins with the current listing and keeps to it: its offset tells which.</remarks>
/// <param name="parts">of the volume</param>
/// <param name="plus">with each entry's node, where the listing knows it exactly: as if it had been looked up</param>
internal sealed class ReadDirHandler(HandlerParts parts, bool plus) : IHandler<ReadDirRequest, Bytes>
{
    private const ulong AfterSelf = 1, AfterParent = 2; // the places behind "." and ".."; an entry's is its cookie, 8 at least

    /// <returns>the next entries, none at the end; ENOTDIR; ESTALE or EIO: the listing cannot be had any more</returns>
    public ValueTask<Result<Bytes>> HandleAsync(ReadDirRequest message, Request request)
    {
        if (parts.Nodes.Get(message.Node) is not { } directory)
            return new(Errno.ESTALE);
        if (!directory.IsDirectory)
            return new(Errno.ENOTDIR);
        var place = ListingPlace.Of(message.Offset);
        if (parts.Nodes.ListingAt(directory, place) is { } listing)
        {
            Errno errno = Fill(directory, listing, place.Place, request.Room(message.Size).Span, out int length);
            if (errno is not (0 or Errno.EAGAIN))
                return new(errno);
            if (errno == 0 && (length > 0 || TryEnd(directory, listing)))
                return new(new Bytes(length));
        }
        return FetchAsync(directory, place, message.Size, request);
    }

    private async ValueTask<Result<Bytes>> FetchAsync(Node directory, ListingPlace place, int size, Request request)
    {
        for (int attempt = 0; attempt < NodeService.Attempts; attempt++)
        {
            Result<Content> brought = await BringAsync(directory, place, request.Interrupt);
            if (!brought.TryGet(out Content? listing, out Errno errno))
                return parts.Errors.Note(directory.Id, errno);
            Memory<byte> room = await request.RoomAsync(size);
            errno = Fill(directory, listing, place.Place, room.Span, out int length);
            if (errno == Errno.EAGAIN)
                continue;
            if (errno == 0 && length == 0 && !TryEnd(directory, listing))
                await parts.Installer.Invalidator!.DropListingAsync(directory.Key);
            return errno == 0 ? new Bytes(length) : errno;
        }
        return parts.Errors.Note(directory.Id, Errno.EIO);
    }

    private async ValueTask<Result<Content>> BringAsync(Node directory, ListingPlace place, CancellationToken interrupt)
    {
        if (!place.IsBegin && parts.Nodes.ListingAt(directory, place) is { } begun)
        {
            Errno errno = await parts.Data.ReopenAsync(begun, interrupt);
            if (errno != Errno.ESTALE)
                return errno == 0 ? begun : errno;
        }
        Result<Content> current = await parts.Data.ListingAsync(directory, interrupt);
        bool isOther = !place.IsBegin && current.TryGet(out Content? listing, out _)
            && ListingPlace.MarkOf(listing.Node, listing.Version) != place.Mark;
        return isOther ? Errno.ESTALE : current;
    }

    /// <summary>The end makes a copy of what the kernel was told: of an outdated listing there must be none.</summary>
    private bool TryEnd(Node directory, Content listing)
    {
        if (!parts.Nodes.TryKeepListing(directory, listing, out bool isLentLonger))
            return false;
        if (isLentLonger)
            parts.Installer.Invalidator!.Enqueue(new TakenBack([new Taken(directory.Key, 0, null)]));
        return true;
    }

    private Errno Fill(Node directory, Content content, ulong place, Span<byte> room, out int length)
    {
        var writer = new DirectoryWriter(room);
        length = 0;
        Result<DirectoryFileReader<ContentBytes>> opened = parts.Data.OpenListing(content);
        if (!opened.TryGet(out DirectoryFileReader<ContentBytes> listing, out Errno errno))
            return Damaged(directory, content, errno);
        parts.Reporter.Touch(directory);
        ulong mark = ListingPlace.MarkOf(content.Node, content.Version);
        if (place == 0 && TryAddDot(ref writer, directory, "."u8, new(mark, AfterSelf)))
            place = AfterSelf;
        if (place == AfterSelf && TryAddDot(ref writer, directory.Parent ?? directory, ".."u8, new(mark, AfterParent)))
            place = AfterParent;
        errno = place >= AfterParent ? FillEntries(ref writer, listing, content, directory, place == AfterParent ? 0 : place) : 0;
        length = writer.Length;
        // What was already lent to the kernel must reach it.
        return errno is 0 or Errno.ENOENT || length > 0 ? 0 : Damaged(directory, content, errno);
    }

    private Errno FillEntries(
        ref DirectoryWriter writer, DirectoryFileReader<ContentBytes> listing, Content content, Node directory, ulong cookie)
    {
        Span<byte> buffer = EntryBuffer.OfThisThread;
        ulong mark = ListingPlace.MarkOf(content.Node, content.Version);
        while (true)
        {
            Errno errno = listing.Next(cookie, buffer, out DirectoryEntryView entry, out ulong next);
            if (errno != 0)
                return errno;
            if (next > ListingPlace.MaxPlace)
                return Errno.EUCLEAN;
            var head = new DirectoryEntry(entry.Node.Value, new ListingPlace(mark, next).Offset, NodeView.ModeOf(entry.Kind));
            if (!(plus ? TryAddPlus(ref writer, content, directory, entry, head) : writer.TryAdd(head, entry.Name)))
                return 0;
            cookie = next;
        }
    }

    private bool TryAddPlus(ref DirectoryWriter writer, Content content, Node directory, in DirectoryEntryView entry, in DirectoryEntry head)
    {
        EntryOut node = default;
        if (parts.Nodes.TryLendListed(directory, content, entry, out NodeView view))
            node = new EntryOut(view.Node.Key, view.Left, view.Lent, view.ToAttr());
        bool added = writer.TryAddPlus(node, head, entry.Name);
        if (!added && node.Node != 0)
            parts.Nodes.Forget(node.Node, 1); // it did not fit, so the kernel never gets it
        return added;
    }

    private bool TryAddDot(ref DirectoryWriter writer, Node node, ReadOnlySpan<byte> name, ListingPlace next)
    {
        var head = new DirectoryEntry(node.Id.Value, next.Offset, NodeView.ModeOf(Kind.Directory));
        return plus ? writer.TryAddPlus(default, head, name) : writer.TryAdd(head, name);
    }

    private Errno Damaged(Node directory, Content content, Errno errno)
    {
        if (errno != Errno.EUCLEAN)
            return errno;
        parts.Service.Discard(directory, content);
        return parts.Errors.Note(directory.Id, Errno.EIO);
    }
}
