using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins;
using Nnpfs.Origins.Fetching;

namespace Nnpfs.Daemon.Volumes;

/// <summary>The contents that are read now or were a moment ago, each with its one fetcher.</summary>
/// <remarks>A content that rests is kept for a while: its fetcher knows how its readers read.</remarks>
internal sealed class OpenContents(CacheVolume cache, FetchPool pool) : IDisposable
{
    /// <summary>Contents kept beyond those in use.</summary>
    private const int Resting = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<ContentKey, OpenContent> _open = [];  // guarded by _gate
    private readonly LinkedList<OpenContent> _resting = new();        // guarded by _gate; the longest unused first

    /// <summary>A content in use until it is given back with <see cref="Close"/>.</summary>
    public OpenContent Open(NodeRecord file, OriginPath path)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(new(file.Id, file.Version), out OpenContent? open))
            {
                Content content = cache.Hold(file.Id, file.Version, file.Facts.Size);
                var page = new PageContent(path, file.Facts.Validator, file.Facts.Size, content.Geometry.PageSize, file.Facts.Streamed);
                open = new OpenContent(content, pool.Open(page, new ContentPages(content)));
                _open.Add(content.Key, open);
            }
            if (open.Uses++ == 0 && open.Place is { } place)
            {
                _resting.Remove(place);
                open.Place = null;
            }
            return open;
        }
    }

    public void Close(OpenContent open)
    {
        lock (_gate)
        {
            if (--open.Uses == 0)
                open.Place = _resting.AddLast(open);
            Trim(Resting);
        }
    }

    /// <summary>A reader is gone.</summary>
    public void EndReader(ContentKey content, ulong stream)
    {
        lock (_gate)
            _open.GetValueOrDefault(content)?.Fetcher.Forget(stream);
    }

    /// <summary>Every reader of a mount is gone.</summary>
    /// <param name="isOf">is a stream one of that mount?</param>
    public void EndReaders(Predicate<ulong> isOf)
    {
        lock (_gate)
        {
            foreach (OpenContent open in _open.Values)
                open.Fetcher.Forget(isOf);
        }
    }

    /// <summary>Lets the content of outdated versions go that nobody reads now.</summary>
    public void Drop(NodeRecord outdated)
    {
        lock (_gate)
        {
            if (_open.TryGetValue(new(outdated.Id, outdated.Version), out OpenContent? open) && open.Place is not null)
                Discard(open);
        }
    }

    public void Dispose()
    {
        lock (_gate)
            Trim(0);
    }

    // Holds _gate.
    private void Trim(int kept)
    {
        for (LinkedListNode<OpenContent>? place = _resting.First; place is not null && _resting.Count > kept;)
        {
            OpenContent open = place.Value;
            place = place.Next;
            if (!open.Fetcher.IsBusy)
                Discard(open);
        }
    }

    private void Discard(OpenContent open)
    {
        _resting.Remove(open.Place!);
        _open.Remove(open.Content.Key);
        open.Content.Release();
    }
}

/// <summary>A content and what fetches it.</summary>
internal sealed class OpenContent(Content content, PageFetcher fetcher)
{
    public Content Content { get; } = content;

    public PageFetcher Fetcher { get; } = fetcher;

    /// <summary>Calls that use it now; guarded by the table's gate.</summary>
    internal int Uses { get; set; }

    /// <summary>Among the resting ones; guarded by the table's gate.</summary>
    internal LinkedListNode<OpenContent>? Place { get; set; }
}
