namespace Nnpfs.Origins.Fetching;

/// <summary>The readers of one content that are judged; beyond the limit, the one that was quiet for longest is forgotten.</summary>
internal sealed class StreamTable(PageContent content, FetchOptions options)
{
    private readonly Dictionary<ulong, LinkedListNode<(ulong Id, ReadStream Stream)>> _streams = [];
    private readonly LinkedList<(ulong Id, ReadStream Stream)> _byUse = new(); // the last one used at the front

    internal IEnumerable<ulong> Ids => _streams.Keys;

    internal ReadStream? Find(ulong id) => _streams.TryGetValue(id, out var place) ? place.Value.Stream : null;

    /// <summary>The stream, known or new, as the one used last.</summary>
    internal ReadStream Touch(ulong id)
    {
        if (_streams.TryGetValue(id, out var place))
        {
            _byUse.Remove(place);
            _byUse.AddFirst(place);
            return place.Value.Stream;
        }
        if (_streams.Count >= options.MaxStreams)
            Forget(_byUse.Last!.Value.Id);
        var stream = new ReadStream(content, options);
        _streams[id] = _byUse.AddFirst((id, stream));
        return stream;
    }

    internal void Forget(ulong id)
    {
        if (_streams.Remove(id, out var place))
            _byUse.Remove(place);
    }
}
