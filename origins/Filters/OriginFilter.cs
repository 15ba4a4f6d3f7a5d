using Nnpfs.Posix;

namespace Nnpfs.Origins.Filters;

/// <summary>An origin around an origin. What a filter does not override goes through.</summary>
public abstract class OriginFilter(IOrigin inner) : IOrigin
{
    /// <summary>The origin behind this one.</summary>
    public IOrigin Inner => inner;

    public OriginInfo Info => inner.Info;

    public virtual TimeSpan RetryAfter => inner.RetryAfter;

    public virtual void Doubt() => inner.Doubt();

    /// <summary>
    /// The innermost origin, where it tells of changes by itself; null = it does not. No filter stands between it and its
    /// listener.
    /// </summary>
    public static IWatchingOrigin? WatchingOf(IOrigin origin)
    {
        while (origin is OriginFilter filter)
            origin = filter.Inner;
        return origin as IWatchingOrigin;
    }

    public virtual ValueTask<Result<OriginFacts>> GetFactsAsync(OriginPath path, CancellationToken cancel) =>
        AskAsync(path, token => inner.GetFactsAsync(path, token), cancel);

    public virtual ValueTask<Result<OriginFacts>> RefreshAsync(OriginPath path, OriginFacts known, CancellationToken cancel) =>
        AskAsync(path, token => inner.RefreshAsync(path, known, token), cancel);

    public virtual ValueTask<Result<OriginListing>> ListAsync(OriginPath directory, CancellationToken cancel) =>
        AskAsync(directory, token => inner.ListAsync(directory, token), cancel);

    public virtual ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        inner.ReadAsync(read, sink, cancel);

    public virtual async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        GC.SuppressFinalize(this);
    }

    /// <summary>Around every question that has one answer: facts, refresh, listing.</summary>
    protected virtual ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel) => ask(cancel);
}
