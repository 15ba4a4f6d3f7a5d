using System.Collections.Concurrent;

namespace Nnpfs.Fuse.Session;

/// <summary>Threads that answer reads of the rings that others wait behind: each may have to wait for the disk. They run anywhere.</summary>
internal sealed class ReadThreads : IDisposable
{
    private readonly BlockingCollection<RingSlot> _slots = [];
    private readonly Thread[] _threads;

    public ReadThreads(int threads)
    {
        _threads = [.. Enumerable.Range(0, threads).Select(i => new Thread(Run) { IsBackground = true, Name = $"fuse-read-{i}" })];
        Array.ForEach(_threads, thread => thread.Start());
    }

    /// <summary>Has the request of an entry answered, soon. There are no more in line than entries.</summary>
    public void Take(RingSlot slot) => _slots.Add(slot);

    /// <summary>Answers what is in line, and ends the threads.</summary>
    public void Dispose()
    {
        _slots.CompleteAdding();
        Array.ForEach(_threads, thread => thread.Join());
        _slots.Dispose();
    }

    private void Run()
    {
        foreach (RingSlot slot in _slots.GetConsumingEnumerable())
            slot.Answer();
    }
}
