using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Guesses for a mount that goes through a directory from entry to entry: the facts, the small files, the listings that come next.</summary>
/// <remarks>A guess waits for nobody and nobody waits for it: its fetches run behind those of readers, and its failures are not told.</remarks>
internal sealed partial class Volume
{
    private static readonly WalkPace ForEntries = new(4, 32), ForListings = new(1, 8);

    /// <summary>Bytes of small files that one walk may have fetched and not come to.</summary>
    private const long MaxGuessed = 4 << 20;

    private readonly SemaphoreSlim _guessing; // requests for facts and listings; a place for each
    private readonly WalkBook _asks;
    private readonly WalkBook _reads;
    private readonly WalkBook _visits;
    private readonly LookBook _looks = new();

    private WalkBook NewWalkBook(Predicate<NodeRecord> isWanted, WalkPace pace) => new(NextChildren, isWanted, pace, CountGuessed);

    private IReadOnlyList<NodeRecord> NextChildren(NodeId directory, ReadOnlyMemory<byte> after, int limit) =>
        limit > 0 && _cache.Children(directory, after, limit).TryGet(out IReadOnlyList<NodeRecord>? some, out _) ? some : [];

    /// <summary>A mount asks for the attributes of an entry whose directory's listing did not tell them.</summary>
    private void NoteAsk(ulong mount, NodeRecord entry)
    {
        if (mount == 0 || entry.IsRoot || _fresh.Listing(entry.Parent) <= _fresh.Now || _fresh.ExactListing(entry.Parent) != 0)
            return;
        foreach (NodeRecord next in _asks.Note(mount, entry, out Walk walk))
            _work.Add(GuessAsync(stop => AskAheadAsync(next, stop), walk.Stopped));
    }

    /// <summary>A mount looks into a directory: for its listing, or for a name.</summary>
    private void NoteVisit(ulong mount, NodeRecord directory)
    {
        if (mount == 0 || directory.IsRoot || !Origin.IsRemote)
            return;
        foreach (NodeRecord next in _visits.Note(mount, directory, out Walk walk))
            _work.Add(GuessAsync(stop => ListAheadAsync(next, stop), walk.Stopped));
    }

    /// <summary>A mount asks for one more name of a directory of which there is no listing: the listing would tell them all.</summary>
    private void NoteLook(ulong mount, NodeRecord directory)
    {
        if (mount != 0 && Origin.IsRemote && IsWorthListing(directory) && _looks.Note(directory.Id))
            _work.Add(GuessAsync(stop => ListAheadAsync(directory, stop), CancellationToken.None));
    }

    /// <summary>A mount reads a file from its start.</summary>
    private void NoteRead(ulong mount, NodeRecord file)
    {
        if (mount == 0 || _options.SmallFile == 0)
            return;
        foreach (NodeRecord next in _reads.Note(mount, file, out Walk walk))
            _work.Add(GuessAsync(stop => ReadAheadAsync(walk, next, stop), walk.Stopped));
    }

    private bool IsWorthAsking(NodeRecord entry) => entry.Version == 0 || !IsFresh(Known(entry, 0));

    private bool IsWorthListing(NodeRecord entry) => entry.Facts.Kind == OriginKind.Directory && _fresh.Listing(entry.Id) <= _fresh.Now;

    private bool IsWorthReading(NodeRecord entry) =>
        entry.Facts.Kind == OriginKind.File && (entry.Version == 0 || IsSmall(entry)) && !entry.Facts.Streamed;

    private bool IsSmall(NodeRecord file) => file.Facts.Size > 0 && file.Facts.Size <= _options.SmallFile;

    private async Task GuessAsync(Func<CancellationToken, Task> guess, CancellationToken wrong)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(wrong, _ending.Token);
        try
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // the call that led here is answered first
            await guess(stop.Token);
        }
        catch (OperationCanceledException)
        {
            // a wrong guess, or arlad ends
        }
        catch (Exception failure)
        {
            Log.GuessFailed(_log, failure, Name);
        }
    }

    private async Task<NodeRecord?> AskAheadAsync(NodeRecord entry, CancellationToken stop)
    {
        await _guessing.WaitAsync(stop);
        try
        {
            Result<Grant> found = await LookupAsync(entry.Parent, entry.Name, new Wait("siblings", entry.Id, _time.GetUtcNow()), stop);
            return found.IsOk ? found.Value.Node : null;
        }
        finally
        {
            _guessing.Release();
        }
    }

    private async Task ListAheadAsync(NodeRecord directory, CancellationToken stop)
    {
        await _guessing.WaitAsync(stop);
        try
        {
            if (IsWorthListing(directory))
                await AskListingAsync(directory, _fresh.Moment, new Wait("siblings", directory.Id, _time.GetUtcNow()), stop);
        }
        finally
        {
            _guessing.Release();
        }
    }

    private async Task ReadAheadAsync(Walk walk, NodeRecord entry, CancellationToken stop)
    {
        NodeRecord? file = IsWorthAsking(entry) ? await AskAheadAsync(entry, stop) : entry;
        if (file is not { Version: not 0 } || !IsWorthReading(file) || !_tree.PathOf(file.Id).TryGet(out OriginPath path, out _))
            return;
        OpenContent open = _contents.Open(file, path);
        try
        {
            if (!open.Content.IsFilled(0, file.Facts.Size) && _reads.TryWeigh(walk, file.Id, file.Facts.Size, MaxGuessed))
                await open.Fetcher.FetchAsync(new FetchRequest(0, file.Facts.Size, Background: true), stop);
        }
        finally
        {
            _contents.Close(open);
        }
    }

    private void CountGuessed(long used, long unused)
    {
        if (used > 0)
            Instruments.GuessedUsedBytes.Add(used, Instruments.Volume(Name));
        if (unused > 0)
            Instruments.GuessedUnusedBytes.Add(unused, Instruments.Volume(Name));
    }
}
