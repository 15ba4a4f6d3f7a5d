using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Nodes;
using Nnpfs.Driver.Session;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>Takes back from the kernel what an invalidation named, on a thread of its own, and gives arlad its ticket back.</summary>
/// <remarks>A notification may wait inside the kernel for a request in flight, so no thread that answers requests sends it, and no
/// lock of ours is held.</remarks>
internal sealed class Invalidator(Func<Envelope, Errno> post, ILogger log) : IDisposable
{
    private readonly BlockingCollection<(ulong Ticket, List<Taken> Taken)> _work = [];
    private readonly TaskCompletionSource<IKernelNotifier?> _kernel = new();

    /// <summary>The kernel is there. Until then it holds nothing, and what is taken waits.</summary>
    public void Attach(IKernelNotifier kernel) => _kernel.TrySetResult(kernel);

    public void Start() => new Thread(Run, 256 * 1024) { IsBackground = true, Name = "invalidator" }.Start();

    /// <param name="ticket">0: nobody waits for it</param>
    /// <param name="taken">what the kernel must give back</param>
    public void Enqueue(ulong ticket, List<Taken> taken)
    {
        if (!_work.IsAddingCompleted)
            _work.Add((ticket, taken));
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _kernel.TrySetResult(null);
    }

    private void Run()
    {
        foreach ((ulong ticket, List<Taken> taken) in _work.GetConsumingEnumerable())
        {
            if (taken.Count > 0 && _kernel.Task.Result is { } kernel)
                Notify(kernel, taken);
            if (ticket != 0)
                post(new Envelope { InvalidateDone = new InvalidateDone { Ticket = ticket } });
        }
    }

    /// <summary>Names first: once they are gone, every new use comes through a lookup.</summary>
    private void Notify(IKernelNotifier kernel, List<Taken> taken)
    {
        foreach (Taken one in taken)
        {
            if (one is { Parent: not 0, Name: { } name })
                Check(kernel.InvalidateEntry(one.Parent, name, expireOnly: !one.IsDropped));
        }
        foreach (Taken one in taken)
        {
            if (one.Node != 0)
                Check(kernel.InvalidateNode(one.Node, one.WithPages ? 0 : -1));
        }
    }

    private void Check(Errno errno)
    {
        if (errno is not (0 or Errno.ENOENT or Errno.ENODEV))
            log.NotificationFailed(errno);
    }
}
