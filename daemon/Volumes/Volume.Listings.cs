using Nnpfs.Daemon.Cache;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Directories: listed by the origin, once for all who ask.</summary>
internal sealed partial class Volume
{
    private async Task<Result<Grant>> AskListingAsync(NodeRecord directory, long since, Wait wait, CancellationToken cancel)
    {
        Result<Grant> asked = await _listings.AskAsync(
            directory.Id, since, ask => AskOriginForListingAsync(directory, ask), WaitsFor(wait), cancel);
        wait.GoOn();
        return asked;
    }

    /// <param name="seen">the directory, as whoever asks saw it: it may have been listed since, by another flight</param>
    /// <param name="cancel">nobody waits any more</param>
    private async Task<Result<Grant>> AskOriginForListingAsync(NodeRecord seen, CancellationToken cancel)
    {
        NodeId id = seen.Id;
        for (int asks = 0; ; asks++)
        {
            long since = _fresh.Moment;
            if (!_tree.Get(id).TryGet(out NodeRecord? known, out Errno errno) || !_tree.PathOf(id).TryGet(out OriginPath path, out errno))
                return errno;
            if (known.Listing is not null && known.Listing != seen.Listing && Known(known, since) is var told && IsFresh(told))
                return told;
            Task<Result<OriginFacts>> factsAsked = _origin.RefreshAsync(path, known.Facts, cancel).AsTask();
            Result<OriginListing> listing = await _origin.ListAsync(path, cancel);
            Result<OriginFacts> facts = await factsAsked;
            errno = facts.IsOk ? listing.Errno : facts.Errno;
            if (errno != 0)
                return FactsRules.IsGone(errno) && !known.IsRoot ? TakeAbsence(known.Parent, known.Name, since)
                    : TakeFailure(known, errno, path, since);
            if (facts.Value.Kind != OriginKind.Directory)
                return Take(known.Parent, known.Name, facts.Value, since);
            Result<Listed> listed = _tree.ApplyListing(id, facts.Value, listing.Value, since, force: asks == MaxAsks);
            if (listed.IsOk)
            {
                _looks.Forget(id);
                return Take(known, listed.Value, since);
            }
            if (listed.Errno != Errno.EAGAIN)
                return listed.Errno;
        }
    }

    private void MarkOutdatedFile(NodeId directory)
    {
        lock (_gate)
            _outdatedFiles.Add(directory);
    }

    /// <summary>A directory whose file tells of an entry as it was gets a new one, from what is known.</summary>
    /// <returns>the directory as it is now</returns>
    private Result<NodeRecord> Renewed(NodeRecord directory)
    {
        lock (_gate)
        {
            if (!_outdatedFiles.Remove(directory.Id)) // before the entries are read: a change from here on marks it again
                return directory;
        }
        Result<NodeRecord> renewed = _tree.Rewrite(directory.Id);
        if (!renewed.IsOk)
            MarkOutdatedFile(directory.Id);
        return renewed;
    }

    private Grant Take(NodeRecord before, Listed listed, long since)
    {
        bool wasListed = before.Listing is not null;
        if ((wasListed && listed.IsChanged) || listed.Changed.Count > 0 || listed.Gone.Count > 0)
            since = Announce(before, listed);
        NodeRecord directory = listed.Directory;
        return new Grant(directory, directory.Parent, _fresh.Listing(directory.Id), since);
    }
}
