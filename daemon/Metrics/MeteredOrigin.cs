using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Metrics;

/// <summary>An origin around an origin that counts what goes through: requests, bytes, errors, times.</summary>
/// <remarks>Beneath the retry filter it counts each try, which is what the origin sees.</remarks>
internal class MeteredOrigin : IOrigin
{
    private readonly string _name;
    private readonly IOrigin _origin;
    private readonly SlowFetches _slow;
    private readonly TimeProvider _time;
    private readonly KeyValuePair<string, object?> _volume;

    private MeteredOrigin(string volume, IOrigin origin, SlowFetches slow, TimeProvider time) =>
        (_name, _origin, _slow, _time, _volume) = (volume, origin, slow, time, Instruments.Volume(volume));

    public OriginInfo Info => _origin.Info;

    /// <summary>What it gives watches exactly when <paramref name="origin"/> does.</summary>
    public static IOrigin Around(IOrigin origin, string volume, SlowFetches slow, TimeProvider time) => origin is IWatchingOrigin watching
        ? new Watching(volume, origin, watching, slow, time)
        : new MeteredOrigin(volume, origin, slow, time);

    public async ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel)
    {
        long start = Begin();
        Errno errno = Errno.EIO; // for an exception
        try
        {
            Result<OriginFacts> facts = await _origin.GetFactsAsync(path, cancel);
            errno = facts.Errno;
            return facts;
        }
        finally
        {
            End("facts", start, errno);
        }
    }

    public TimeSpan RetryAfter => _origin.RetryAfter;

    public void Doubt() => _origin.Doubt();

    public async ValueTask<Result<OriginFacts>> RefreshAsync(OriginPath path, OriginFacts known, CancellationToken cancel)
    {
        long start = Begin();
        Errno errno = Errno.EIO;
        try
        {
            Result<OriginFacts> facts = await _origin.RefreshAsync(path, known, cancel);
            errno = facts.Errno;
            return facts;
        }
        finally
        {
            End("facts", start, errno);
        }
    }

    public async ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel)
    {
        long start = Begin();
        Errno errno = Errno.EIO;
        try
        {
            Result<OriginListing> listing = await _origin.ListAsync(directory, cancel);
            errno = listing.Errno;
            return listing;
        }
        finally
        {
            End("list", start, errno);
        }
    }

    public async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        long start = Begin();
        Errno errno = Errno.EIO;
        try
        {
            return errno = await _origin.ReadAsync(read, new CountingSink(sink, _volume), cancel);
        }
        finally
        {
            TimeSpan elapsed = End("read", start, errno);
            _slow.Add(new(_name, read.Path, read.Offset, read.Length, elapsed, _time.GetUtcNow(), errno));
        }
    }

    public ValueTask DisposeAsync() => _origin.DisposeAsync();

    private long Begin()
    {
        Instruments.OriginInFlight.Add(1, _volume);
        return _time.GetTimestamp();
    }

    // A name that does not exist is an answer like any other, and a read that nobody wants any more is no failure.
    private TimeSpan End(string operation, long start, Errno errno)
    {
        TimeSpan elapsed = _time.GetElapsedTime(start);
        KeyValuePair<string, object?> label = new("operation", operation);
        Instruments.OriginInFlight.Add(-1, _volume);
        Instruments.OriginRequests.Add(1, _volume, label);
        Instruments.OriginSeconds.Record(elapsed.TotalSeconds, _volume, label);
        if (errno is not (0 or Errno.ENOENT or Errno.ECANCELED))
            Instruments.OriginErrors.Add(1, _volume, new("errno", errno.ToString()));
        return elapsed;
    }

    private sealed class Watching(string volume, IOrigin origin, IWatchingOrigin watching, SlowFetches slow, TimeProvider time)
        : MeteredOrigin(volume, origin, slow, time), IWatchingOrigin
    {
        public IAsyncEnumerable<OriginChange?> WatchAsync(CancellationToken cancel) => watching.WatchAsync(cancel);
    }

    private sealed class CountingSink(IOriginSink sink, KeyValuePair<string, object?> volume) : IOriginSink
    {
        public ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            Instruments.OriginBytes.Add(bytes.Length, volume);
            return sink.TakeAsync(offset, bytes);
        }
    }
}
