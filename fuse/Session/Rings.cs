using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>The rings of one session: one for each processor, so that a request is answered where it began.</summary>
internal sealed class Rings(IFuseDevice device, RingParts parts) : IDisposable
{
    private readonly RingThread[] _threads =
        [.. RingPlan.For(Cpus.Online, Cpus.Possible).Select(plan => new RingThread(device, plan, parts))];

    private volatile bool _isOver;

    /// <summary>No thread touches a ring any more. Requests that wait for arlad may still be answered into its memory.</summary>
    public bool IsOver => _isOver;

    /// <returns>zero: the kernel sends its requests here from now on; else the first errno</returns>
    public Errno Start()
    {
        Errno[] started = [.. _threads.Select(thread => thread.StartAsync()).ToArray().Select(start => start.GetAwaiter().GetResult())];
        Errno failed = started.FirstOrDefault(errno => errno != 0);
        if (failed != 0)
            Stop();
        return failed;
    }

    /// <summary>The connection has ended: so do the threads.</summary>
    public async Task EndAsync()
    {
        Stop();
        await Task.WhenAll(_threads.Select(thread => thread.Ended));
        await Task.Run(parts.ReadThreads.Dispose);
        _isOver = true;
    }

    /// <summary>Only when it <see cref="IsOver"/> and no request is in flight: else somebody still writes into what is freed here.</summary>
    public void Dispose() => Array.ForEach(_threads, thread => thread.Dispose());

    private void Stop() => Array.ForEach(_threads, thread => thread.Stop());
}
