using Nnpfs.Driver.Data;
using Nnpfs.Driver.Kernel;
using Nnpfs.Driver.Nodes;
using Nnpfs.Driver.Session;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using DirectoryEntry = Nnpfs.Driver.Kernel.DirectoryEntry;
using Node = Nnpfs.Driver.Nodes.Node;

namespace Nnpfs.Driver.Handlers;

/// <summary>READDIR and READDIRPLUS: entries out of the directory file, in its order.</summary>
/// <param name="parts">of the volume</param>
/// <param name="plus">with each entry's node, where the listing knows it exactly: as if it had been looked up</param>
internal sealed class ReadDirHandler(HandlerParts parts, bool plus) : IHandler<ReadDirRequest, Bytes>
{
    private const ulong AfterSelf = 1, AfterParent = 2; // the offsets of "." and ".."; an entry's is its cookie, 8 at least

    /// <returns>the next entries, none at the end; EBADF; ESTALE or EIO: the listing cannot be had any more</returns>
    public ValueTask<Result<Bytes>> HandleAsync(ReadDirRequest message, Request request)
    {
        if (parts.Open.Get(message.File.Value) is not { } file || file.Node.Key != message.Node || !file.Node.IsDirectory)
            return new(Errno.EBADF);
        if (file.Content is not null)
        {
            Errno errno = Fill(file, message.Offset, request.Room(message.Size).Span, out int length);
            if (errno != Errno.EAGAIN)
                return new(errno == 0 ? new Bytes(length) : errno);
        }
        return FetchAsync(file, message, request);
    }

    private async ValueTask<Result<Bytes>> FetchAsync(OpenFile file, ReadDirRequest message, Request request)
    {
        CancellationToken interrupt = request.Interrupt;
        for (int attempt = 0; attempt < NodeService.Attempts; attempt++)
        {
            Errno errno = await BringAsync(file, interrupt);
            if (errno != 0)
                return parts.Errors.Note(file.Node.Id, errno);
            Memory<byte> room = await request.RoomAsync(message.Size);
            errno = Fill(file, message.Offset, room.Span, out int length);
            if (errno != Errno.EAGAIN)
                return errno == 0 ? new Bytes(length) : errno;
        }
        return parts.Errors.Note(file.Node.Id, Errno.EIO);
    }

    /// <summary>The listing that this open directory keeps to: the current one at its first read, the same one ever after.</summary>
    private async ValueTask<Errno> BringAsync(OpenFile file, CancellationToken interrupt)
    {
        if (file.Content is { } content)
            return await parts.Data.FetchAsync(content, 0, Math.Max(content.Size, 1), file.Key, interrupt);
        Result<Content> listing = await parts.Data.ListingAsync(file.Node, file.Key, interrupt);
        if (!listing.IsOk)
            return listing.Errno;
        file.Content = listing.Value;
        file.Node.ListedVersion = listing.Value.Version;
        return 0;
    }

    private Errno Fill(OpenFile file, ulong offset, Span<byte> room, out int length)
    {
        var writer = new DirectoryWriter(room);
        length = 0;
        Content content = file.Content!;
        Result<DirectoryFileReader<ContentBytes>> opened = parts.Data.OpenListing(content);
        if (!opened.TryGet(out DirectoryFileReader<ContentBytes> listing, out Errno errno))
            return Damaged(file, content, errno);
        parts.Reporter.Touch(file.Node);
        if (offset == 0 && TryAddDot(ref writer, file.Node, "."u8, AfterSelf))
            offset = AfterSelf;
        if (offset == AfterSelf && TryAddDot(ref writer, file.Node.Parent ?? file.Node, ".."u8, AfterParent))
            offset = AfterParent;
        errno = offset >= AfterParent ? FillEntries(ref writer, listing, content, file.Node, offset == AfterParent ? 0 : offset) : 0;
        length = writer.Length;
        // What was already lent to the kernel must reach it.
        return errno is 0 or Errno.ENOENT || length > 0 ? 0 : Damaged(file, content, errno);
    }

    private Errno FillEntries(
        ref DirectoryWriter writer, DirectoryFileReader<ContentBytes> listing, Content content, Node directory, ulong cookie)
    {
        Span<byte> buffer = EntryBuffer.OfThisThread;
        while (true)
        {
            Errno errno = listing.Next(cookie, buffer, out DirectoryEntryView entry, out ulong next);
            if (errno != 0)
                return errno;
            var head = new DirectoryEntry(entry.Node.Value, next, NodeView.ModeOf(entry.Kind));
            if (!(plus ? TryAddPlus(ref writer, content, directory, entry, head) : writer.TryAdd(head, entry.Name)))
                return 0;
            cookie = next;
        }
    }

    private bool TryAddPlus(ref DirectoryWriter writer, Content content, Node directory, in DirectoryEntryView entry, in DirectoryEntry head)
    {
        EntryOut node = default;
        if (parts.Nodes.TryLendListed(directory, content, entry, out NodeView view))
            node = new EntryOut(view.Node.Key, view.Left, view.Left, view.ToAttr());
        bool added = writer.TryAddPlus(node, head, entry.Name);
        if (!added && node.Node != 0)
            parts.Nodes.Forget(node.Node, 1); // it did not fit, so the kernel never gets it
        return added;
    }

    private bool TryAddDot(ref DirectoryWriter writer, Node node, ReadOnlySpan<byte> name, ulong next)
    {
        var head = new DirectoryEntry(node.Id.Value, next, NodeView.ModeOf(Kind.Directory));
        return plus ? writer.TryAddPlus(default, head, name) : writer.TryAdd(head, name);
    }

    private Errno Damaged(OpenFile file, Content content, Errno errno)
    {
        if (errno != Errno.EUCLEAN)
            return errno;
        parts.Service.Discard(file.Node, content);
        return parts.Errors.Note(file.Node.Id, Errno.EIO);
    }
}
