using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>One thread, on one processor, that serves the requests which begin there: a ring of its own, answered in place.</summary>
/// <remarks>Only this thread submits: the kernel carries each next request over in the thread that gave its entry back, and takes
/// back the entries of a thread that ends. What was answered elsewhere comes by a queue, and an event.</remarks>
internal sealed class RingThread(IFuseDevice device, RingPlan plan, RingParts parts) : IDisposable
{
    private const int Batch = 32;
    private const int Kept = 12 * 1024; // bytes of any entry's room that stay

    private readonly ConcurrentQueue<RingSlot> _answered = new();
    private readonly TaskCompletionSource<Errno> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // set once, by the thread, before it has started
    private FuseRing? _ring;
    private RingSlot?[] _slots = [];

    // only this thread touches them
    private readonly List<RingSlot> _warm = [];   // entries whose memory stays, the one used longest ago first
    private readonly List<RingSlot> _toTrim = [];
    private Errno _reported;

    // atomic
    private int _isWoken;
    private volatile bool _stops;

    public Task Ended => _ended.Task;

    /// <summary>Makes the ring and gives its entries to the kernel.</summary>
    /// <returns>zero, or why not: then there is no thread</returns>
    public Task<Errno> StartAsync()
    {
        new Thread(Run) { IsBackground = true, Name = $"fuse-ring-{plan.Cpu}" }.Start();
        return _started.Task;
    }

    /// <summary>The connection has ended: so does the thread, at once.</summary>
    public void Stop()
    {
        _stops = true;
        _ring?.Wake();
    }

    /// <summary>Gives an entry back with its answer. On this thread.</summary>
    public void Commit(RingSlot slot)
    {
        _ring!.Commit(slot.Entry);
        slot.IsBusy = false;
        if (slot.ReplySize > Kept)
            KeepWarm(slot);
        else if (slot.IsLarge && !_warm.Contains(slot))
            _toTrim.Add(slot);
    }

    /// <summary>As <see cref="Commit"/>, from any thread.</summary>
    public void CommitLater(RingSlot slot)
    {
        _answered.Enqueue(slot);
        if (!_stops && Interlocked.Exchange(ref _isWoken, 1) == 0)
            _ring!.Wake();
    }

    /// <summary>Only after <see cref="Ended"/>, and when no request is in flight.</summary>
    public void Dispose() => _ring?.Dispose();

    private void Run()
    {
        Errno errno = Open();
        _started.SetResult(errno);
        Span<int> ready = stackalloc int[Batch];
        while (errno == 0 && !_stops)
        {
            Result<int> count = _ring!.Wait(ready);
            errno = count.Errno;
            if (count.IsOk)
                Serve(ready[..count.Value]);
        }
        if (errno != 0 && _started.Task.Result == 0)
            parts.Log.DeviceFailed(errno);
        _ended.SetResult();
    }

    private Errno Open()
    {
        if (Cpus.PinThread(plan.Cpu) is var pinned && pinned != 0)
            parts.Log.NotPinned(plan.Cpu, pinned);
        if (!device.OpenRing(plan.Queues, parts.MaxReply).TryGet(out _ring, out Errno errno))
            return errno;
        _slots = new RingSlot?[_ring.Count];
        return _ring.Start();
    }

    private void Serve(ReadOnlySpan<int> ready)
    {
        for (int i = 0; i < ready.Length; i++)
        {
            if (ready[i] == FuseRing.Woken)
                CommitAnswered();
            else
                (_slots[ready[i]] ??= new RingSlot(this, _ring!, ready[i], parts)).Serve(i < ready.Length - 1);
        }
        if (_toTrim.Count > 0)
            Trim();
        if (_ring!.LastFailure != _reported)
            parts.Log.EntryLost(plan.Cpu, _reported = _ring.LastFailure);
    }

    private void CommitAnswered()
    {
        Interlocked.Exchange(ref _isWoken, 0); // before looking: what comes after wakes again
        while (_answered.TryDequeue(out RingSlot? slot))
            Commit(slot);
    }

    /// <summary>The kernel uses first what came back last: so a few entries carry nearly all, and keep their memory.</summary>
    private void KeepWarm(RingSlot slot)
    {
        slot.IsLarge = true;
        _warm.Remove(slot);
        _warm.Add(slot);
        if (_warm.Count <= plan.Warm)
            return;
        _toTrim.Add(_warm[0]);
        _warm.RemoveAt(0);
    }

    /// <summary>What a burst has touched in the other entries goes back. One that is busy again is looked at when it comes back.</summary>
    private void Trim()
    {
        bool isCopied = _ring!.Flush() == 0; // by the kernel: the answers that lie there
        foreach (RingSlot slot in _toTrim.Where(slot => isCopied && !slot.IsBusy))
        {
            _ring.Trim(slot.Entry, Kept);
            slot.IsLarge = false;
        }
        _toTrim.Clear();
    }
}
