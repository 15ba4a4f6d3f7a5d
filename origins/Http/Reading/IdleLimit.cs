namespace Nnpfs.Origins.Http.Reading;

/// <summary>Ends an exchange when the server sends nothing for a time. The time that we take ourselves does not count.</summary>
internal sealed class IdleLimit : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly CancellationTokenSource _clock;
    private readonly CancellationTokenSource _either;

    public IdleLimit(TimeSpan limit, TimeProvider time, CancellationToken cancel)
    {
        _limit = limit;
        _clock = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_clock.Token, cancel);
    }

    /// <summary>Ends with the caller's cancellation or when the time is over.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>The server's turn begins: the time runs.</summary>
    public void Start() => _clock.CancelAfter(_limit);

    /// <summary>Something came: the time stands still.</summary>
    public void Stop() => _clock.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _either.Dispose();
        _clock.Dispose();
    }
}
