namespace Nnpfs.Daemon.Cache.Keeping;

/// <summary>Counts the bytes that block files take and those that are promised to fetches. Knows no file.</summary>
/// <remarks>INVARIANT: a promise is made only where used and promised bytes stay within the limit.</remarks>
internal sealed class Space(CacheLimits limits)
{
    private readonly Lock _gate = new();
    private CacheLimits _limits = limits; // guarded by _gate
    private long _used, _reserved; // guarded by _gate

    public CacheLimits Limits
    {
        get
        {
            lock (_gate)
                return _limits;
        }
        set
        {
            lock (_gate)
                _limits = value;
        }
    }

    public long Used
    {
        get
        {
            lock (_gate)
                return _used;
        }
    }

    public long Reserved
    {
        get
        {
            lock (_gate)
                return _reserved;
        }
    }

    public bool TryReserve(long bytes)
    {
        lock (_gate)
        {
            if (_used + _reserved + bytes > _limits.Bytes)
                return false;
            _reserved += bytes;
            return true;
        }
    }

    public void Return(long bytes)
    {
        lock (_gate)
            _reserved -= bytes;
    }

    /// <summary>Bytes that were written; negative: that came free.</summary>
    public void Use(long bytes)
    {
        lock (_gate)
            _used += bytes;
    }
}
