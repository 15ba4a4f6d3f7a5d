using Nnpfs.Posix;

namespace Nnpfs.Origins.Filters;

/// <summary>Limits the bytes that are read per second, all readers together; a second's worth may come at once.</summary>
public sealed class RateFilter(IOrigin inner, long bytesPerSecond, TimeProvider time) : OriginFilter(inner)
{
    private readonly Lock _gate = new();
    private long _paidUntil = time.GetTimestamp(); // guarded by _gate; bytes taken so far are paid for at this time

    public override ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        Inner.ReadAsync(read, new Sink(this, sink, cancel), cancel);

    private TimeSpan Pay(long bytes)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp(), second = time.TimestampFrequency;
            _paidUntil = Math.Max(_paidUntil, now - second) + (long)((double)bytes / bytesPerSecond * second);
            return _paidUntil > now ? time.GetElapsedTime(now, _paidUntil) : TimeSpan.Zero;
        }
    }

    private sealed class Sink(RateFilter filter, IOriginSink sink, CancellationToken cancel) : IOriginSink
    {
        public async ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            if (filter.Pay(bytes.Length) is var pause && pause > TimeSpan.Zero)
                await Task.Delay(pause, filter.Time, cancel).ConfigureAwait(false);
            return await sink.TakeAsync(offset, bytes).ConfigureAwait(false);
        }
    }

    private TimeProvider Time => time;
}
