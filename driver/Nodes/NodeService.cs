using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Nodes;

/// <summary>Finds nodes and their attributes: from what is here where it may be relied on, else from arlad.</summary>
internal sealed class NodeService(NodeTable table, DaemonChannel channel, ContentReader reader, ILogger log)
{
    /// <summary>How often something is asked again because an invalidation overtook the answer, or it was gone before it was used.</summary>
    public const int Attempts = 8;

    /// <summary>No OPEN will ask whether a file's token holds: its name is lent for no longer than that.</summary>
    public bool ElidesOpens { get; init; }

    /// <summary>The root, as the first call of a mount.</summary>
    public async ValueTask<Result<NodeView>> RootAsync(CancellationToken cancel)
    {
        long asked = table.Breaks;
        Result<CallAnswer> answer = await channel.CallAsync(new Envelope { GetRoot = new GetRoot() }, cancel);
        if (!answer.IsOk)
            return answer.Errno;
        if (!NodeFacts.TryFrom(answer.Value.Install?.InstallRoot?.Node, out NodeFacts facts) || facts.Attributes.Kind != Kind.Directory)
            return Errno.EPROTO;
        return table.AddRoot(facts, asked);
    }

    /// <summary>Looks a name up in the directory's listing, without asking anyone and without waiting.</summary>
    /// <param name="parent">a directory</param>
    /// <param name="name">any bytes</param>
    /// <param name="entry">with true: the entry, its reference lent; or a negative one</param>
    /// <returns>false: the listing is not here, may not be relied on, or does not know enough</returns>
    public bool TryLookup(Node parent, ReadOnlySpan<byte> name, out Result<EntryOut> entry)
    {
        entry = default;
        long asked = table.Breaks;
        if (table.Listing(parent, out TimeSpan left) is not { } listing)
            return false;
        Errno errno = Find(listing, name, EntryBuffer.OfThisThread, out DirectoryEntryView found);
        if (errno == Errno.EUCLEAN)
            Discard(parent, listing);
        if (errno == Errno.ENOENT)
            entry = Negative(table.RememberNegative(parent, name, left, asked));
        else if (errno == 0 && table.TryLendListed(parent, listing, found, out NodeView view))
            entry = ToEntry(view, left);
        else
            return false;
        return true;
    }

    /// <summary>Looks a name up, however long it takes.</summary>
    /// <param name="parent">a directory</param>
    /// <param name="name">1 to 255 bytes; must stay as it is until the task ends</param>
    /// <param name="interrupt">EINTR</param>
    public async ValueTask<Result<EntryOut>> LookupAsync(Node parent, ReadOnlyMemory<byte> name, CancellationToken interrupt)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (parent.Content is not null && !table.IsListingValid(parent))
            {
                Result<NodeView> confirmed = await AttributesAsync(parent, interrupt);
                if (!confirmed.IsOk)
                    return confirmed.Errno;
            }
            if (TryLookup(parent, name.Span, out Result<EntryOut> entry))
                return entry;
            if (table.IsAlone && table.TryLendKnown(parent, name.Span, out NodeView known))
                return ToEntry(known, known.Left);

            long asked = table.Breaks;
            NodeId id = parent.Id;
            var call = new GetNode { Parent = id.Value, Name = Google.Protobuf.ByteString.CopyFrom(name.Span) };
            Result<CallAnswer> answer = await channel.CallAsync(new Envelope { GetNode = call }, interrupt, onlyIfThere: attempt == 0);
            if (answer.Errno == Errno.ENOTCONN)
                continue; // arlad has just gone: what was last known may do
            if (answer.Errno == Errno.ESTALE && parent.Id != id)
                continue; // the root, in a cache that was begun anew
            if (!answer.IsOk)
                return answer.Errno;
            if (answer.Value.Install?.InstallNode is not { } install || install.Parent != call.Parent || install.Name != call.Name)
                return Errno.EIO;
            if (TryTake(parent, name.Span, install, asked, out entry))
                return entry;
        }
        return Errno.EIO;
    }

    /// <summary>Asks arlad for the attributes, which renews the token.</summary>
    /// <returns>the attributes, good for this one answer at least; ESTALE: no such node any more, or of a file, another version</returns>
    public async ValueTask<Result<NodeView>> AttributesAsync(Node node, CancellationToken interrupt)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long asked = table.Breaks;
            NodeId id = node.Id;
            var call = new Envelope { GetAttr = new GetAttr { Node = id.Value } };
            Result<CallAnswer> answer = await channel.CallAsync(call, interrupt, onlyIfThere: attempt == 0);
            if (answer.Errno == Errno.ENOTCONN && table.View(node) is { IsValid: true } last)
                return last; // arlad is away: what was last known holds on
            if (answer.Errno == Errno.ENOTCONN)
                continue;
            if (answer.Errno == Errno.ESTALE && node.Id != id)
                continue; // the root, in a cache that was begun anew
            if (!answer.IsOk)
                return answer.Errno;
            if (!NodeFacts.TryFrom(answer.Value.Install?.InstallAttr?.Node, out NodeFacts facts) || facts.Id != id)
                return Errno.EIO;
            if (!table.Refresh(facts, asked))
                continue;
            return node.Outdated ? Errno.ESTALE : table.View(node);
        }
        return Errno.EIO;
    }

    /// <summary>A listing that is damaged is not used again.</summary>
    public void Discard(Node directory, Content listing)
    {
        log.ListingDamaged(directory.Id);
        if (directory.Content == listing)
            directory.Content = null;
    }

    private bool TryTake(Node parent, ReadOnlySpan<byte> name, InstallNode install, long asked, out Result<EntryOut> entry)
    {
        TimeSpan valid = TimeSpan.FromMilliseconds(NodeFacts.Clamp(install.ValidMs));
        if (install.Node is null)
        {
            entry = Negative(table.RememberNegative(parent, name, valid, asked));
            return true;
        }
        entry = Errno.EIO;
        if (!NodeFacts.TryFrom(install.Node, out NodeFacts facts))
            return true;
        NodeView view = table.Lend(facts, asked, parent, name, out bool raced);
        if (!raced)
            entry = ToEntry(view, valid);
        return !raced;
    }

    private Errno Find(Content listing, ReadOnlySpan<byte> name, Span<byte> buffer, out DirectoryEntryView found)
    {
        found = default;
        Result<DirectoryFileReader<ContentBytes>> file = DirectoryFileReader<ContentBytes>.Open(new ContentBytes(reader, listing));
        return file.IsOk ? file.Value.Find(name, buffer, out found) : file.Errno;
    }

    private static Result<EntryOut> Negative(TimeSpan valid) => valid > TimeSpan.Zero ? EntryOut.Negative(valid) : Errno.ENOENT;

    private EntryOut ToEntry(in NodeView view, TimeSpan valid) =>
        new(view.Node.Key, ElidesOpens && view.Left < valid ? view.Left : valid, view.Lent, view.ToAttr());
}
