using Nnpfs.Posix;

namespace Nnpfs.Origins.Filters;

/// <summary>Gives up with ETIMEDOUT on an origin that is silent for too long.</summary>
/// <remarks>
/// A question must be answered within the limit; a read must bring its first bytes, and then its next ones, within it. The time
/// that whoever takes the bytes needs for them does not count. The origin is cancelled, and trusted to end then.
/// </remarks>
public sealed class DeadlineFilter(IOrigin inner, TimeSpan limit, TimeProvider time) : OriginFilter(inner)
{
    public override async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            Errno errno = await Inner.ReadAsync(read, new Sink(sink, deadline, limit), either.Token).ConfigureAwait(false);
            return errno == Errno.ECANCELED && IsLate(deadline, cancel) ? Errno.ETIMEDOUT : errno;
        }
        catch (OperationCanceledException) when (IsLate(deadline, cancel))
        {
            return Errno.ETIMEDOUT;
        }
    }

    protected override async ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            Result<T> answer = await ask(either.Token).ConfigureAwait(false);
            return answer.Errno == Errno.ECANCELED && IsLate(deadline, cancel) ? Errno.ETIMEDOUT : answer;
        }
        catch (OperationCanceledException) when (IsLate(deadline, cancel))
        {
            return Errno.ETIMEDOUT;
        }
    }

    private static bool IsLate(CancellationTokenSource deadline, CancellationToken cancel) =>
        deadline.IsCancellationRequested && !cancel.IsCancellationRequested;

    /// <summary>Stops the clock while the bytes are taken.</summary>
    private sealed class Sink(IOriginSink sink, CancellationTokenSource deadline, TimeSpan limit) : IOriginSink
    {
        public async ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            Errno errno = await sink.TakeAsync(offset, bytes).ConfigureAwait(false);
            deadline.CancelAfter(limit);
            return errno;
        }
    }
}
