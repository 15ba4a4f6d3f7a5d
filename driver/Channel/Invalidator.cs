using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Session;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>Takes back from the kernel what an invalidation named, on a thread of its own, and gives arlad its ticket back.</summary>
/// <remarks>A notification may wait inside the kernel for a request in flight, so no thread that answers requests sends it, and no
/// lock of ours is held.</remarks>
internal sealed class Invalidator(DaemonChannel channel, ILogger log) : IDisposable
{
    private readonly BlockingCollection<TakenBack> _work = [];
    private readonly TaskCompletionSource<IKernelNotifier?> _kernel = new();
    private ulong _epoch; // atomic

    /// <summary>Opens are elided: names of files are dropped, since nothing but a lookup stands between a name and an open.</summary>
    /// <remarks>A name that only expired can be made valid again by a lookup that was answered before, and not yet taken in. Otherwise that
    /// harms nobody: OPEN and GETATTR ask, and after ESTALE the kernel looks the name up again.</remarks>
    public bool DropsNames { get; init; }

    /// <summary>What was invalidated up to this epoch is gone, here and from the kernel. 0: nothing was ever here.</summary>
    /// <remarks>It follows the notifications: a mount that lost its connection over them must not claim, back again, to have done them.</remarks>
    public ulong Epoch
    {
        get => Volatile.Read(ref _epoch);
        set => Volatile.Write(ref _epoch, value);
    }

    /// <summary>The kernel is there. Until then it holds nothing, and what is taken waits.</summary>
    public void Attach(IKernelNotifier kernel) => _kernel.TrySetResult(kernel);

    public void Start() => new Thread(Run, 256 * 1024) { IsBackground = true, Name = "invalidator" }.Start();

    public void Enqueue(TakenBack taken)
    {
        if (!_work.IsAddingCompleted)
            _work.Add(taken);
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _kernel.TrySetResult(null);
    }

    /// <summary>Has the kernel give up its copy of a directory's listing, now: a request waits for it.</summary>
    /// <remarks>Not on the thread of notifications: that may wait for a lock which the very request holds. This one needs none.</remarks>
    public async Task DropListingAsync(ulong directory)
    {
        if (await _kernel.Task is { } kernel)
            await Task.Run(() => Check(kernel.InvalidateNode(directory)));
    }

    private void Run()
    {
        foreach (TakenBack work in _work.GetConsumingEnumerable())
        {
            if (work.Taken.Count > 0 && _kernel.Task.Result is { } kernel)
                Notify(kernel, work.Taken);
            if (work.Epoch != 0)
                Epoch = work.Epoch;
            if (work.Ticket != 0)
                channel.Post(new Envelope { InvalidateDone = new InvalidateDone { Ticket = work.Ticket } }, work.Connection);
        }
    }

    /// <summary>Names first: once they are gone, every new use comes through a lookup.</summary>
    private void Notify(IKernelNotifier kernel, List<Taken> taken)
    {
        foreach (Taken one in taken)
        {
            if (one is { Parent: not 0, Name: { } name })
                Check(kernel.InvalidateEntry(one.Parent, name, expireOnly: !(one.IsDropped || (DropsNames && one.IsFile))));
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

/// <summary>What the kernel must give back, and who is told.</summary>
/// <param name="Taken">nodes and names</param>
/// <param name="Epoch">that it brings about; 0: none</param>
/// <param name="Ticket">0: nobody waits for it</param>
/// <param name="Connection">that the ticket came by: another has other tickets</param>
internal sealed record TakenBack(List<Taken> Taken, ulong Epoch = 0, ulong Ticket = 0, long Connection = 0);
