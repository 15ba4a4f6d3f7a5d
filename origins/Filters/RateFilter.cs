using Nnpfs.Posix;

namespace Nnpfs.Origins.Filters;

/// <summary>Limits the bytes that are read per second, and the requests of any kind, all callers together.</summary>
/// <param name="inner">the origin</param>
/// <param name="bytesPerSecond">0 = no limit</param>
/// <param name="requestsPerSecond">0 = no limit</param>
/// <param name="time">the clock</param>
public sealed class RateFilter(IOrigin inner, long bytesPerSecond, long requestsPerSecond, TimeProvider time) : OriginFilter(inner)
{
    private readonly Pace _bytes = new(bytesPerSecond, time), _requests = new(requestsPerSecond, time);

    public override async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        await _requests.TakeAsync(1, cancel).ConfigureAwait(false);
        return await Inner.ReadAsync(read, new Sink(_bytes, sink, cancel), cancel).ConfigureAwait(false);
    }

    protected override async ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel)
    {
        await _requests.TakeAsync(1, cancel).ConfigureAwait(false);
        return await ask(cancel).ConfigureAwait(false);
    }

    private sealed class Sink(Pace pace, IOriginSink sink, CancellationToken cancel) : IOriginSink
    {
        public async ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            await pace.TakeAsync(bytes.Length, cancel).ConfigureAwait(false);
            return await sink.TakeAsync(offset, bytes).ConfigureAwait(false);
        }
    }
}
