namespace Nnpfs.Origins.Fetching;

/// <summary>The requests of one content that have not ended, by their first page. They never overlap.</summary>
internal sealed class RequestList
{
    private readonly List<RangeFetch> _requests = [];

    internal bool IsEmpty => _requests.Count == 0;

    internal IReadOnlyList<RangeFetch> All => _requests;

    internal void Add(RangeFetch request) => _requests.Insert(IndexAfter(request.Pages.First), request);

    internal void Remove(RangeFetch request)
    {
        int index = IndexAfter(request.Pages.First) - 1;
        if (index >= 0 && _requests[index] == request)
            _requests.RemoveAt(index);
    }

    /// <returns>the request that covers the page; else the first one behind it; else null</returns>
    internal RangeFetch? AtOrAfter(long page)
    {
        int index = IndexAfter(page);
        if (index > 0 && _requests[index - 1].Pages.End > page)
            return _requests[index - 1];
        return index < _requests.Count ? _requests[index] : null;
    }

    /// <returns>the last request that begins before the page; null = there is none</returns>
    internal RangeFetch? Before(long page)
    {
        int index = IndexAfter(page - 1) - 1;
        return index >= 0 ? _requests[index] : null;
    }

    /// <summary>The place behind every request that begins at or before the page.</summary>
    private int IndexAfter(long page)
    {
        int low = 0, high = _requests.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_requests[middle].Pages.First <= page)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
