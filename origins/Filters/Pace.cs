namespace Nnpfs.Origins.Filters;

/// <summary>So many of something a second, all callers together; a second's worth may come at once.</summary>
/// <param name="perSecond">0 = no limit</param>
/// <param name="time">the clock</param>
internal sealed class Pace(long perSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _paidUntil = time.GetTimestamp(); // guarded by _gate; what was taken so far is paid for at this time

    /// <summary>Ends when the caller may go on; those who came before go first.</summary>
    internal ValueTask TakeAsync(long count, CancellationToken cancel)
    {
        TimeSpan pause = perSecond > 0 ? Pay(count) : TimeSpan.Zero;
        return pause > TimeSpan.Zero ? new ValueTask(Task.Delay(pause, time, cancel)) : ValueTask.CompletedTask;
    }

    private TimeSpan Pay(long count)
    {
        lock (_gate)
        {
            long now = time.GetTimestamp(), second = time.TimestampFrequency;
            _paidUntil = Math.Max(_paidUntil, now - second) + (long)((double)count / perSecond * second);
            return _paidUntil > now ? time.GetElapsedTime(now, _paidUntil) : TimeSpan.Zero;
        }
    }
}
