namespace Nnpfs.Origins.Fetching;

/// <summary>The numbers behind <see cref="FetchStats"/>: each is raised alone, so a copy may be torn between two of them.</summary>
internal sealed class FetchCounters
{
    private long _requests, _failed, _cancelled, _originBytes, _filled, _wanted, _ahead, _waits, _waitTicks;
    private int _waiting;

    internal void Request() => Interlocked.Increment(ref _requests);

    internal void Ended(Errno errno)
    {
        if (errno == Errno.ECANCELED)
            Interlocked.Increment(ref _cancelled);
        else if (errno != 0)
            Interlocked.Increment(ref _failed);
    }

    internal void Received(long bytes) => Interlocked.Add(ref _originBytes, bytes);

    internal void Filled(long bytes, bool ahead)
    {
        Interlocked.Add(ref _filled, bytes);
        if (ahead)
            Interlocked.Add(ref _ahead, bytes);
    }

    internal void BeginWait(long wanted)
    {
        Interlocked.Add(ref _wanted, wanted);
        Interlocked.Increment(ref _waits);
        Interlocked.Increment(ref _waiting);
    }

    internal void EndWait(TimeSpan time)
    {
        Interlocked.Add(ref _waitTicks, time.Ticks);
        Interlocked.Decrement(ref _waiting);
    }

    internal FetchStats Copy() => new()
    {
        Requests = Interlocked.Read(ref _requests),
        FailedRequests = Interlocked.Read(ref _failed),
        CancelledRequests = Interlocked.Read(ref _cancelled),
        OriginBytes = Interlocked.Read(ref _originBytes),
        FilledBytes = Interlocked.Read(ref _filled),
        WantedBytes = Interlocked.Read(ref _wanted),
        AheadBytes = Interlocked.Read(ref _ahead),
        Waits = Interlocked.Read(ref _waits),
        WaitTime = TimeSpan.FromTicks(Interlocked.Read(ref _waitTicks)),
        Waiting = Volatile.Read(ref _waiting),
    };
}
