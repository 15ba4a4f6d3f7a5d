using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Listings: children of a directory, and the directory file that drivers read.</summary>
internal sealed partial class Tree
{
    /// <summary>Takes in a directory's listing: its children become the ones listed, and its content their directory file.</summary>
    /// <param name="id">the directory</param>
    /// <param name="facts">its own, exact</param>
    /// <param name="listing">all of its entries</param>
    /// <param name="since">the moment before the questions</param>
    /// <param name="force">take it in even if it was broken while it was asked for: its names, which are good for one answer</param>
    /// <returns>what became of it; EAGAIN: it was broken; ESTALE: the directory is gone; ENOSPC, EIO: of the cache</returns>
    public Result<Listed> ApplyListing(NodeId id, OriginFacts facts, OriginListing listing, long since, bool force)
    {
        using DirectoryLocks.Held held = _locks.Take(id);
        if (!Get(id).TryGet(out NodeRecord? before, out Errno errno))
            return errno;
        bool isBroken = Fresh.IsListingBroken(since, id);
        if (isBroken && !force)
            return Errno.EAGAIN;
        long lasting = _lasting(listing.FreshFor ?? facts.FreshFor);
        if (!Merge(new Merger(id, this, lasting, isBroken), listing).TryGet(out Merger? merged, out errno))
            return errno;
        byte[] file = DirectoryFileWriter.Write(merged.Entries);
        if (!Store(before, file).TryGet(out ulong version, out errno))
            return errno;
        NodeListing told = new(listing.Validator, DateTimeOffset.UnixEpoch, file.Length);
        if (!Put(before, version, told, facts).TryGet(out NodeRecord? after, out errno))
        {
            if (errno == Errno.ESTALE) // it went meanwhile, and took what it held before this came
                merged.Entries.ForEach(entry => _cache.Remove(entry.Node));
            return errno;
        }
        Fresh.ConfirmListing(since, id, lasting, merged.IsExact, merged.Told);
        foreach (NodeRecord changed in merged.Changed)
            Fresh.Supersede(changed.Id); // before anything else is applied: an older answer would put back what was
        return new Listed(after, merged.Changed, merged.Gone, IsChanged: before.Version != after.Version || !FactsRules.AreSame(before.Facts, facts));
    }

    /// <summary>The directory file of a directory, when the cache has all of it; held.</summary>
    public Content? HoldListing(NodeRecord directory)
    {
        if (directory.Listing is not { } listing)
            return null;
        Content content = _cache.Hold(directory.Id, directory.Version, listing.Size);
        content.Vouch(0, listing.Size);
        if (content.IsFilled(0, listing.Size))
            return content;
        content.Release();
        return null;
    }

    /// <summary>Makes a directory's file anew from its children; of one that must be asked about, it tells no attributes.</summary>
    /// <returns>the directory, under a new version where the file is another one; ESTALE: it is gone; ENOSPC, EIO: of the cache</returns>
    public Result<NodeRecord> Rewrite(NodeId id)
    {
        using DirectoryLocks.Held held = _locks.Take(id);
        if (!Get(id).TryGet(out NodeRecord? before, out Errno errno))
            return errno;
        if (before.Listing is not { } listing)
            return before;
        byte[] file = DirectoryFileWriter.Write([.. Children(id).Select(child => Merger.EntryOf(child, child.Version == 0 ? Trust.None : Fresh.TrustIn(child.Id, id)))]);
        if (!Store(before, file).TryGet(out ulong version, out errno))
            return errno;
        Result<NodeRecord> after = Put(before, version, listing with { Size = file.Length }, before.Facts);
        return after.Errno == Errno.EAGAIN ? Get(id) : after;
    }

    // Holds the directory's lock.
    private Result<NodeRecord> Put(NodeRecord before, ulong version, NodeListing listing, OriginFacts facts)
    {
        using DirectoryLocks.Held held = _locks.Take(before.Parent);
        if (!Get(before.Id).TryGet(out NodeRecord? now, out Errno errno))
            return errno;
        if (now.Version != before.Version && version == before.Version)
            return Errno.EAGAIN; // it was forgotten meanwhile: that version is no more
        NodeRecord after = now with { Facts = FactsRules.AreSame(now.Facts, facts) ? now.Facts : FactsRules.Kept(facts), Version = version, Listing = listing };
        return after != now && _cache.Put(after) is var put && put != 0 ? put : after;
    }

    // Holds the directory's lock.
    private Result<Merger> Merge(Merger merger, OriginListing listing)
    {
        OriginEntry[] entries = [.. listing.Entries.Where(entry => OriginPath.IsName(entry.Name.Span))];
        Array.Sort(entries, static (one, other) => one.Name.Span.SequenceCompareTo(other.Name.Span));
        List<NodeRecord>.Enumerator known = Children(merger.Directory).GetEnumerator();
        bool more = known.MoveNext();
        foreach (OriginEntry entry in entries)
        {
            int order = -1;
            for (; more && (order = known.Current.Name.Span.SequenceCompareTo(entry.Name.Span)) < 0; more = known.MoveNext())
                merger.Drop(known.Current);
            NodeRecord? child = more && order == 0 ? known.Current : null;
            if (merger.Take(entry, child) is var errno && errno != 0)
                return errno;
            if (child is not null)
                more = known.MoveNext();
        }
        for (; more; more = known.MoveNext())
            merger.Drop(known.Current);
        return merger.Finish(_cache) is var failed && failed != 0 ? failed : merger;
    }

    /// <summary>All that is known in a directory, in the order of the names' bytes.</summary>
    public List<NodeRecord> Children(NodeId directory)
    {
        List<NodeRecord> all = [];
        ReadOnlyMemory<byte> after = default;
        while (_cache.Children(directory, after).TryGet(out IReadOnlyList<NodeRecord>? some, out _) && some.Count > 0)
        {
            all.AddRange(some);
            after = some[^1].Name;
        }
        all.RemoveAll(child => child.IsRoot);
        return all;
    }

    // Holds the directory's lock. The version under which the file is in the cache: the directory's own when nothing changed, or nothing was there.
    private Result<ulong> Store(NodeRecord directory, byte[] file)
    {
        ulong version = directory.Version;
        if (HoldListing(directory) is { } now)
        {
            bool isSame = IsSame(now, file);
            now.Release();
            if (isSame)
                return version;
        }
        bool isFirst = directory.Listing is null && version != 0;
        if (!isFirst && !_cache.NextNumber().TryGet(out version, out Errno errno))
            return errno;
        Content content = _cache.Hold(directory.Id, version, file.Length);
        try
        {
            if (!content.Begin(0, file.Length).TryGet(out PageFill? fill, out errno))
                return errno;
            using (fill)
            {
                errno = fill.Write(0, file);
                if (errno == 0)
                    errno = fill.MarkFilled(0, file.Length);
            }
            return errno == 0 ? version : errno;
        }
        finally
        {
            content.Release();
        }
    }

    private static bool IsSame(Content content, byte[] file)
    {
        if (content.Size != file.Length)
            return false;
        byte[] old = new byte[file.Length];
        return content.Read(0, old) is { IsOk: true } read && read.Value == file.Length && old.AsSpan().SequenceEqual(file);
    }

    /// <summary>One listing against what was known of the directory's children.</summary>
    /// <param name="directory">that is listed</param>
    /// <param name="tree">that it is in</param>
    /// <param name="lasting">how many milliseconds the listing is good for</param>
    /// <param name="isBroken">something was broken since the listing was asked for: it says nothing of what is known</param>
    private sealed class Merger(NodeId directory, Tree tree, long lasting, bool isBroken)
    {
        private readonly List<NodeRecord> _puts = [];

        public NodeId Directory => directory;

        public List<DirectoryEntry> Entries { get; } = [];

        /// <summary>The entries whose attributes the listing told, and how many milliseconds each is good for.</summary>
        public List<(NodeId Entry, long Milliseconds)> Told { get; } = [];

        /// <summary>Records as they were, of what is another thing now.</summary>
        public List<NodeRecord> Changed { get; } = [];

        public List<NodeRecord> Gone { get; } = [];

        /// <summary>The listing told the attributes of every entry.</summary>
        public bool IsExact { get; private set; } = true;

        public void Drop(NodeRecord child) => Gone.Add(child);

        public Errno Take(OriginEntry entry, NodeRecord? child)
        {
            if (Entries.Count > 0 && Entries[^1].Name.Span.SequenceEqual(entry.Name.Span))
                return 0; // an origin that names a thing twice
            if (child is not null && child.Facts.Kind != entry.Kind)
            {
                Gone.Add(child);
                child = null;
            }
            if (isBroken && child is { Version: not 0 })
                entry = entry with { Facts = null };
            if (!Record(entry, child).TryGet(out NodeRecord? now, out Errno errno))
                return errno;
            if (!ReferenceEquals(now, child))
                _puts.Add(now);
            if (child is { Version: not 0 } && !ReferenceEquals(now, child))
                Changed.Add(child);
            Entries.Add(EntryOf(now, Tell(now.Id, entry.Facts)));
            return 0;
        }

        private Trust Tell(NodeId entry, OriginFacts? facts)
        {
            IsExact &= facts is not null;
            if (facts is null)
                return Trust.None;
            long good = facts.FreshFor is null ? lasting : Math.Min(tree._lasting(facts.FreshFor), lasting);
            Told.Add((entry, good));
            return good < lasting ? Trust.Told : Trust.Vouched;
        }

        public Errno Finish(CacheVolume cache)
        {
            foreach (NodeRecord outdated in Changed)
                tree.Outdating?.Invoke(outdated);
            foreach (NodeRecord gone in Gone)
            {
                tree.Outdating?.Invoke(gone);
                cache.Remove(gone.Id);
            }
            return cache.Put(_puts);
        }

        /// <summary>What a listing does not tell stays as it was known, without a version while nothing is.</summary>
        private Result<NodeRecord> Record(OriginEntry entry, NodeRecord? child)
        {
            if (entry.Facts is { } facts)
                return tree.Next(child, directory, entry.Name, facts);
            if (child is not null)
                return child;
            return tree._cache.NextNumber().TryGet(out ulong id, out Errno errno)
                ? new NodeRecord { Id = new(id), Parent = directory, Name = entry.Name.ToArray(), Facts = new OriginFacts { Kind = entry.Kind } }
                : errno;
        }

        public static DirectoryEntry EntryOf(NodeRecord child, Trust trust)
        {
            OriginFacts facts = child.Facts;
            var attributes = new NodeAttributes(
                facts.Size, facts.MtimeNs, facts.CtimeNs, facts.Links, facts.Uid, facts.Gid, facts.Device, (ushort)(facts.Permissions & 0xFFF), (Kind)facts.Kind);
            return trust == Trust.None
                ? new(child.Name, child.Id, (Kind)facts.Kind, null, 0, default)
                : new(child.Name, child.Id, (Kind)facts.Kind, attributes, child.Version, facts.Target) { IsVouched = trust == Trust.Vouched };
        }
    }
}

/// <summary>What a listing made of a directory.</summary>
/// <param name="Directory">as it is now</param>
/// <param name="Changed">children as they were, that are other things now</param>
/// <param name="Gone">children that are no more</param>
/// <param name="IsChanged">mounts may hold something else</param>
internal sealed record Listed(NodeRecord Directory, IReadOnlyList<NodeRecord> Changed, IReadOnlyList<NodeRecord> Gone, bool IsChanged);
