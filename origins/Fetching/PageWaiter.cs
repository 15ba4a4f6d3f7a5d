namespace Nnpfs.Origins.Fetching;

/// <summary>One call that waits for pages, which may come from several requests.</summary>
/// <param name="fetcher">of the content</param>
/// <param name="stream">the reader that it waits for; 0 = none</param>
/// <param name="isPassive">it watches requests that were made ahead of a reader, and does not keep them alive</param>
internal sealed class PageWaiter(PageFetcher fetcher, ulong stream, bool isPassive)
{
    private readonly TaskCompletionSource<Errno> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal PageFetcher Fetcher => fetcher;

    internal ulong Stream => stream;

    internal bool IsPassive => isPassive;

    /// <summary>The requests that it waits for. Guarded by the fetcher's gate.</summary>
    internal List<RangeFetch> Ranges { get; } = [];

    /// <summary>Requests that have not yet brought this waiter's pages. Guarded by the fetcher's gate.</summary>
    internal int Missing { get; set; }

    /// <summary>A request was given up before this waiter's pages came: look again. Guarded by the fetcher's gate.</summary>
    internal bool Again { get; private set; }

    internal void Arrived()
    {
        if (--Missing == 0)
            _ended.TrySetResult(0);
    }

    internal void Fail(Errno errno) => _ended.TrySetResult(errno);

    internal void LookAgain()
    {
        if (_ended.TrySetResult(Errno.ECANCELED))
            Again = true;
    }

    /// <returns>zero, the errno of the request that failed, or ECANCELED</returns>
    internal async ValueTask<Errno> WaitAsync(CancellationToken cancel)
    {
        using CancellationTokenRegistration registration =
            cancel.UnsafeRegister(static waiter => ((PageWaiter)waiter!).Fail(Errno.ECANCELED), this);
        return await _ended.Task.ConfigureAwait(false);
    }
}
