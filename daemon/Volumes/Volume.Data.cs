using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Content: pages of files, directory files, descriptors of blocks.</summary>
internal sealed partial class Volume
{
    /// <summary>A whole file of at most so many blocks is told of at its first read.</summary>
    private const int BlocksTold = 64;

    /// <summary>Waits until the pages are in the cache.</summary>
    /// <returns>ESTALE: the version cannot be had any more; ENXIO: the node has no content; of the origin, of the cache</returns>
    public async ValueTask<Result<DataGrant>> GetDataAsync(DataWant want, Wait wait, CancellationToken cancel)
    {
        if (!_tree.Get(want.Node).TryGet(out NodeRecord? node, out Errno errno))
            return errno;
        return node.Facts.Kind switch
        {
            OriginKind.Directory => await GetDirectoryAsync(node, want, wait, cancel),
            OriginKind.File when want.Length == 0 => await ProveAsync(node, want, wait, cancel),
            OriginKind.File when node.Version == want.Version && node.Version != 0 => await GetFileAsync(node, want, wait, cancel),
            OriginKind.File => GetOutdated(want),
            _ => Errno.ENXIO,
        };
    }

    /// <summary>A reader passed its mark: what is ahead of it is fetched, and told of when it is there.</summary>
    /// <param name="want">where the reader is</param>
    /// <param name="tell">installs what came</param>
    public void Ahead(DataWant want, Action<DataGrant> tell)
    {
        if (_tree.Get(want.Node).TryGet(out NodeRecord? node, out _) && node.Version == want.Version
            && node.Facts.Kind == OriginKind.File && want.Offset < node.Facts.Size)
            _work.Add(AheadAsync(node, want, tell));
    }

    /// <summary>A reader is gone: what is fetched ahead of it is given up, unless another waits for it.</summary>
    public void EndReader(ContentKey content, ulong stream) => _contents.EndReader(content, stream);

    /// <returns>ENOENT: that block file is no more</returns>
    public Result<SafeFd> OpenBlock(BlockName name)
    {
        if (!_cache.HoldKnown(name.Node, name.Version).TryGet(out Content? content, out _))
            return Errno.ENOENT;
        Result<SafeFd> opened = content.OpenForReading(name.Block, name.Generation);
        content.Release();
        return opened;
    }

    public void Accessed(IEnumerable<NodeId> nodes) => _cache.Accessed(nodes);

    private async Task<Result<DataGrant>> GetDirectoryAsync(NodeRecord directory, DataWant want, Wait wait, CancellationToken cancel)
    {
        long since = _fresh.Moment;
        NoteVisit(wait.Mount, directory);
        if (!Renewed(directory).TryGet(out NodeRecord? renewed, out Errno failed))
            return failed;
        directory = renewed;
        Content? file = _tree.HoldListing(directory);
        Grant grant = Known(directory, since);
        if (file is null || (directory.Version != want.Version && !IsFresh(grant)))
        {
            file?.Release();
            if (!(await AskListingAsync(directory, since, wait, cancel)).TryGet(out grant, out Errno errno))
                return errno;
            if (grant.Node is not { Listing: not null } listed || listed.Id != directory.Id)
                return Errno.ESTALE;
            directory = listed;
            file = _tree.HoldListing(directory);
        }
        if (file is null)
            return Errno.EIO; // the cache lost it at once
        DataGrant data = GrantOf(file, 0, file.Size) with { Moved = directory.Version == want.Version ? null : grant };
        file.Release();
        return data;
    }

    private async Task<Result<DataGrant>> GetFileAsync(NodeRecord file, DataWant want, Wait wait, CancellationToken cancel)
    {
        if (!_tree.PathOf(file.Id).TryGet(out OriginPath path, out Errno errno))
            return errno;
        OpenContent open = _contents.Open(file, path);
        try
        {
            FetchResult fetched = default;
            if (want.Offset == 0)
                NoteRead(wait.Mount, file);
            if (want.Offset < open.Content.Size)
            {
                // A driver asks for what it cannot read: the block files are looked at, and what is damaged or gone is fetched again.
                open.Content.Vouch(want.Offset, want.Length);
                bool isHit = open.Content.IsFilled(want.Offset, want.Length);
                CountData(isHit, want, open.Content.Size);
                fetched = await open.Fetcher.FetchAsync(new FetchRequest(want.Offset, want.Length, want.Stream, Progress: WatchOf(wait)), cancel);
                wait.GoOn();
            }
            if (fetched.Errno != 0)
                return await FailedAsync(file, fetched.Errno, wait, cancel);
            return GrantOf(open.Content, want.Offset, want.Length) with { Mark = fetched.Mark };
        }
        finally
        {
            _contents.Close(open);
        }
    }

    /// <summary>Tells what a fetch waits for.</summary>
    private static FetchProgress WatchOf(Wait wait)
    {
        var progress = new FetchProgress();
        wait.For(() => progress.Now switch
        {
            (FetchStage.Retry, var error) => new(WaitCause.Retry, error),
            (FetchStage.Origin, _) => new(WaitCause.Origin),
            (FetchStage.Other, _) => new(WaitCause.Other),
            (FetchStage.Space, _) => new(WaitCause.Space),
            _ => default,
        });
        return progress;
    }

    /// <summary>A file is about to be opened of which the driver has nothing.</summary>
    private async Task<Result<DataGrant>> ProveAsync(NodeRecord file, DataWant want, Wait wait, CancellationToken cancel)
    {
        Content content = _cache.Hold(file.Id, file.Version, file.Facts.Size);
        // An open waits for no more than one block to be read and checked, however much of the file is cached.
        DataGrant data = GrantOf(content, 0, content.Size, checks: false);
        if (data.Blocks.Count == 0)
            data = GrantOf(content, 0, 1);
        content.Release();
        // However lately the origin spoke of the file, it can have changed since; where something is cached, that can be read.
        if (file.Version == want.Version && data.Blocks.Count == 0)
        {
            Result<Grant> now = await AskNameAsync(file.Parent, file.Name, _fresh.Moment, wait, cancel);
            // An origin that cannot be asked is a matter for the read.
            if (now.IsOk && (now.Value.Node is not { } found || found.Id != file.Id || found.Version != want.Version))
                return Errno.ESTALE;
        }
        return file.Version == want.Version ? data : Errno.ESTALE;
    }

    private void CountData(bool isHit, DataWant want, long size)
    {
        (isHit ? Instruments.DataHits : Instruments.DataMisses).Add(1, Instruments.Volume(Name));
        if (isHit)
            Instruments.CacheServedBytes.Add(Math.Min(want.Length, size - want.Offset), Instruments.Volume(Name));
    }

    /// <summary>An older version is served as far as it is cached: its bytes cannot be fetched any more.</summary>
    private Result<DataGrant> GetOutdated(DataWant want)
    {
        if (want.Version == 0 || !_cache.HoldKnown(want.Node, want.Version).TryGet(out Content? content, out _))
            return Errno.ESTALE;
        content.Vouch(want.Offset, want.Length);
        Result<DataGrant> data = content.IsFilled(want.Offset, want.Length) ? GrantOf(content, want.Offset, want.Length) : Errno.ESTALE;
        content.Release();
        return data;
    }

    /// <summary>A version that the origin has no more: the node is asked about again, so that the reader's next open finds what there is.</summary>
    private async Task<Errno> FailedAsync(NodeRecord file, Errno errno, Wait wait, CancellationToken cancel)
    {
        NoteError(file.Id, "GetData", errno);
        if (errno is not (Errno.ESTALE or Errno.ENOENT))
            return errno;
        _fresh.Break(file.Id, BreakReach.Node);
        Result<Grant> now = await GetAttributesAsync(file.Id, wait, cancel);
        // The same version again although the origin does not have it: its word on the content is doubted, not the reader's.
        if (now.IsOk && now.Value.Node!.Version == file.Version)
            _tree.Renew(file.Id);
        Announce([file.Id, file.Parent]);
        return Errno.ESTALE;
    }

    private async Task AheadAsync(NodeRecord node, DataWant want, Action<DataGrant> tell)
    {
        if (!_tree.PathOf(node.Id).TryGet(out OriginPath path, out _))
            return;
        OpenContent open = _contents.Open(node, path);
        try
        {
            FetchResult fetched = await open.Fetcher.AheadAsync(want.Offset, want.Stream, _ending.Token);
            if (fetched.Errno == 0 && fetched.AheadEnd > want.Offset)
                tell(GrantOf(open.Content, want.Offset, fetched.AheadEnd - want.Offset) with { Mark = fetched.Mark });
        }
        catch (OperationCanceledException)
        {
            // arlad ends
        }
        finally
        {
            _contents.Close(open);
        }
    }

    private static DataGrant GrantOf(Content content, long offset, long length, bool checks = true)
    {
        long end = Math.Min(offset + length, content.Size);
        long first = content.Geometry.BlockOf(offset), last = content.Geometry.BlockOf(Math.Max(end - 1, offset));
        bool tellsAll = content.Geometry.BlocksIn(content.Size) <= BlocksTold;
        List<(long, BlockState)> blocks = [];
        for (long block = tellsAll ? 0 : first; block <= (tellsAll ? content.Geometry.BlocksIn(content.Size) - 1 : last); block++)
        {
            // Nobody waits for what was not asked for: it is told of only if that needs no check of its bytes.
            BlockState state = checks && block >= first && block <= last ? content.Vouch(block) : content.VouchIfChecked(block);
            if (state.Map != 0)
                blocks.Add((block, state));
        }
        return new DataGrant(content.Key, content.Size, blocks);
    }
}
