using Nnpfs.Posix;

namespace Nnpfs.Origins.Filters;

/// <summary>Every request waits before it reaches the origin.</summary>
public sealed class DelayFilter(IOrigin inner, TimeSpan delay, TimeProvider time) : OriginFilter(inner)
{
    public override async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        await Task.Delay(delay, time, cancel).ConfigureAwait(false);
        return await Inner.ReadAsync(read, sink, cancel).ConfigureAwait(false);
    }

    protected override async ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel)
    {
        await Task.Delay(delay, time, cancel).ConfigureAwait(false);
        return await ask(cancel).ConfigureAwait(false);
    }
}
