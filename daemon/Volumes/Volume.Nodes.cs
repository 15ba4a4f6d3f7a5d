using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Names and attributes: from the index while they are fresh, else from the origin.</summary>
internal sealed partial class Volume
{
    /// <summary>Questions that a break outdated are asked again so often; then the answer goes out without a token.</summary>
    private const int MaxAsks = 3;

    /// <summary>The root, from memory: it also tells a driver that arlad lives.</summary>
    public ValueTask<Result<Grant>> GetRootAsync(Wait wait, CancellationToken cancel)
    {
        long since = _fresh.Moment;
        return new(_tree.Get(_tree.Root).TryGet(out NodeRecord? root, out Errno errno) ? Known(root, since) : errno);
    }

    /// <summary>What a name in a directory leads to.</summary>
    /// <param name="parent">a directory</param>
    /// <param name="name">checked</param>
    /// <param name="wait">told what is waited for</param>
    /// <param name="cancel">the caller has gone</param>
    /// <returns>a grant, without a node where the name leads to nothing; ESTALE: no such parent; ENOTDIR; of the origin</returns>
    public async ValueTask<Result<Grant>> LookupAsync(NodeId parent, ReadOnlyMemory<byte> name, Wait wait, CancellationToken cancel)
    {
        for (int asks = 0; ; asks++)
        {
            long since = _fresh.Moment;
            if (!_tree.Get(parent).TryGet(out NodeRecord? directory, out Errno errno))
                return errno;
            if (directory.Facts.Kind != OriginKind.Directory)
                return Errno.ENOTDIR;
            Result<NodeRecord> child = _tree.Find(parent, name);
            if (asks == 0)
                NoteVisit(wait.Mount, directory);
            if (child.IsOk && asks == 0)
                NoteAsk(wait.Mount, child.Value);
            if (child.IsOk && Known(child.Value, since) is var known && IsFresh(known))
                return known;
            if (child.Errno == Errno.ENOENT && directory.Listing is not null && _fresh.Listing(parent) is var until && until > _fresh.Now)
                return new Grant(null, parent, until, since);
            if (asks == 0)
                NoteLook(wait.Mount, directory);
            // A token speaks for a directory's entries as well, once it was listed: so these are asked about.
            Result<Grant> asked = child.IsOk && child.Value.Listing is not null
                ? await AskListingAsync(child.Value, since, wait, cancel)
                : await AskNameAsync(parent, name, since, wait, cancel);
            if (!asked.IsOk || !IsBroken(asked.Value) || asks == MaxAsks)
                return asked;
        }
    }

    /// <returns>a grant with a node; ESTALE: it is no more; of the origin</returns>
    public async ValueTask<Result<Grant>> GetAttributesAsync(NodeId node, Wait wait, CancellationToken cancel)
    {
        for (int asks = 0; ; asks++)
        {
            long since = _fresh.Moment;
            if (!_tree.Get(node).TryGet(out NodeRecord? record, out Errno errno))
                return errno;
            if (asks == 0)
                NoteAsk(wait.Mount, record);
            if (Known(record, since) is var known && IsFresh(known))
                return known;
            Result<Grant> asked = record.Listing is not null
                ? await AskListingAsync(record, since, wait, cancel)
                : await AskNameAsync(record.Parent, record.Name, since, wait, cancel);
            if (asked.IsOk && asked.Value.Node?.Id != node)
                return Errno.ESTALE;
            if (!asked.IsOk || !IsBroken(asked.Value) || asks == MaxAsks)
                return asked;
        }
    }

    /// <summary>As fresh as what is in memory: of a listed directory, no longer than its listing, since that speaks for the entries.</summary>
    private Grant Known(NodeRecord node, long since)
    {
        long until = node.Listing is not null ? _fresh.Listing(node.Id) : Math.Max(_fresh.Attributes(node.Id), Inherited(node));
        return new Grant(node, node.Parent, until, since);
    }

    /// <summary>A directory's fresh listing speaks for those of its entries whose attributes it told for as long.</summary>
    private long Inherited(NodeRecord node) => node.IsRoot || node.Version == 0 ? 0 : _fresh.Inherited(node.Id, node.Parent);

    private bool IsFresh(Grant grant) => grant.FreshUntil > _fresh.Now;

    private bool IsBroken(Grant grant) =>
        (grant.Node is { } node && _fresh.IsBroken(grant.Since, node.Id)) || _fresh.IsBroken(grant.Since, grant.Parent);

    private async Task<Result<Grant>> AskNameAsync(NodeId parent, ReadOnlyMemory<byte> name, long since, Wait wait, CancellationToken cancel)
    {
        Result<Grant> asked = await _lookups.AskAsync(
            (parent, name), since, ask => AskOriginAsync(parent, name, ask), WaitsFor(wait), cancel);
        wait.GoOn();
        return asked;
    }

    /// <summary>Tells what a question to the origin waits for.</summary>
    private static Action<bool, OriginPauses> WaitsFor(Wait wait) => (joined, pauses) => wait.For(
        () => pauses.Error is var error && error != 0 ? new(WaitCause.Retry, error) : new(joined ? WaitCause.Other : WaitCause.Origin));

    private async Task<Result<Grant>> AskOriginAsync(NodeId parent, ReadOnlyMemory<byte> name, CancellationToken cancel)
    {
        long since = _fresh.Moment;
        if (!_tree.PathOf(parent).TryGet(out OriginPath path, out Errno errno))
            return errno;
        Result<NodeRecord> known = name.IsEmpty ? _tree.Get(parent) : _tree.Find(parent, name);
        path = name.IsEmpty ? path : path.Join(name.Span);
        Result<OriginFacts> facts = known.IsOk && known.Value.Version != 0
            ? await _origin.RefreshAsync(path, known.Value.Facts, cancel)
            : await _origin.GetFactsAsync(path, cancel);
        if (facts.IsOk)
            return Take(parent, name, facts.Value, since);
        if (FactsRules.IsGone(facts.Errno) && !name.IsEmpty)
            return TakeAbsence(parent, name, since);
        return TakeFailure(known, facts.Errno, path, since);
    }

    private Result<Grant> Take(NodeId parent, ReadOnlyMemory<byte> name, OriginFacts facts, long since)
    {
        if (!_tree.Apply(parent, name, facts, since).TryGet(out Applied applied, out Errno errno))
            return errno;
        return Known(applied.Node, applied.IsChanged ? Announce(applied) : applied.Since);
    }

    private Result<Grant> TakeAbsence(NodeId parent, ReadOnlyMemory<byte> name, long since)
    {
        if (_tree.ApplyAbsence(parent, name) is { } gone)
            since = AnnounceGone(gone);
        return new Grant(null, parent, _fresh.Now + (long)_options.RefreshAbsent.TotalMilliseconds, since);
    }

    /// <summary>A root of which nothing but its being was ever known.</summary>
    private bool IsBlank(NodeRecord node) =>
        node is { IsRoot: true, Listing: null } && _cache.Children(node.Id, limit: 1) is { IsOk: true, Value.Count: 0 };

    /// <summary>The origin cannot be asked: what was known goes on for a moment, but for what was invalidated.</summary>
    private Result<Grant> TakeFailure(Result<NodeRecord> known, Errno errno, OriginPath path, long since)
    {
        NoteError(known.IsOk ? known.Value.Id : NodeId.None, "GetAttr", errno);
        if (FactsRules.IsRefusal(errno) || !known.IsOk || known.Value.Version == 0 || IsBlank(known.Value) || _fresh.MustAsk(known.Value.Id))
            return errno;
        Log.ServingStale(_log, Name, path, errno);
        return new Grant(known.Value, known.Value.Parent, _fresh.Now + (long)StaleFor.TotalMilliseconds, since);
    }
}
