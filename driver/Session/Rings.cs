using Nnpfs.Posix;

namespace Nnpfs.Driver.Session;

/// <summary>The rings of one session: one for each processor, so that a request is answered where it began.</summary>
internal sealed class Rings(IFuseDevice device, RingParts parts) : IDisposable
{
    private readonly RingThread[] _threads =
        [.. RingPlan.For(Cpus.Online, Cpus.Possible).Select(plan => new RingThread(device, plan, parts))];

    public Task Ended => Task.WhenAll(_threads.Select(thread => thread.Ended));

    /// <returns>zero: the kernel sends its requests here from now on; else the first errno</returns>
    public Errno Start()
    {
        Errno[] started = [.. _threads.Select(thread => thread.StartAsync()).ToArray().Select(start => start.GetAwaiter().GetResult())];
        Errno failed = started.FirstOrDefault(errno => errno != 0);
        if (failed != 0)
            Stop();
        return failed;
    }

    public void Stop() => Array.ForEach(_threads, thread => thread.Stop());

    /// <summary>Only after <see cref="Ended"/>, and when no request is in flight: else somebody still writes into what is freed here.</summary>
    public void Dispose() => Array.ForEach(_threads, thread => thread.Dispose());
}
