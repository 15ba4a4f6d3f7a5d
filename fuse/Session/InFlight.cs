namespace Nnpfs.Fuse.Session;

/// <summary>The requests whose handlers have not answered at once, by their unique: what an INTERRUPT may name.</summary>
/// <remarks>
/// Several threads read requests, so an INTERRUPT may be seen before the request that it names is here. It is then remembered for a
/// while. A request that is answered at once never comes here.
/// </remarks>
internal sealed class InFlight
{
    private const int Remembered = 64;

    private readonly Lock _gate = new();

    // guarded by _gate
    private readonly Dictionary<ulong, Request> _requests = [];
    private readonly ulong[] _early = new ulong[Remembered];
    private int _nextEarly;
    private bool _ending;

    public int Count
    {
        get
        {
            lock (_gate)
                return _requests.Count;
        }
    }

    /// <summary>Each with the process that asks.</summary>
    public (ulong Unique, uint Process)[] Waiting()
    {
        lock (_gate)
            return [.. _requests.Select(pair => (pair.Key, pair.Value.Pid))];
    }

    public void Add(Request request)
    {
        lock (_gate)
        {
            _requests[request.Unique] = request;
            if (_ending || _early.AsSpan().Contains(request.Unique))
                request.TryInterrupt(request.Unique);
        }
    }

    public void Remove(ulong unique)
    {
        lock (_gate)
            _requests.Remove(unique);
    }

    /// <summary>Interrupts the request, now or when it comes.</summary>
    public void Interrupt(ulong unique)
    {
        lock (_gate)
        {
            if (_requests.TryGetValue(unique, out Request? request))
                request.TryInterrupt(unique);
            else
                _early[_nextEarly++ % Remembered] = unique;
        }
    }

    /// <summary>The mount ends: interrupts all that are here, and all that still come.</summary>
    public void InterruptAll()
    {
        lock (_gate)
        {
            _ending = true;
            foreach ((ulong unique, Request request) in _requests)
                request.TryInterrupt(unique);
        }
    }
}
