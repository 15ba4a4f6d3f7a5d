using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>Interrupts requests whose process is being killed, where the kernel does not say so.</summary>
/// <remarks>
/// A signal that comes while a request is given to a ring, and not yet in the hands of its thread, is lost: no INTERRUPT follows, and
/// the process cannot die before the answer (Linux 6.14 to 6.18 at least). Costs nothing while nobody waits.
/// </remarks>
internal sealed class SignalWatch(InFlight inFlight, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks again and again, until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                Look(PendingSignals.EndProcess);
        }
        catch (OperationCanceledException)
        {
            // the session ends
        }
    }

    /// <param name="isEnding">whether a process is about to die of a signal</param>
    public void Look(Func<uint, bool> isEnding)
    {
        if (inFlight.Count == 0)
            return;
        foreach ((ulong unique, uint process) in inFlight.Waiting())
        {
            if (process != 0 && isEnding(process))
                inFlight.Interrupt(unique);
        }
    }
}
