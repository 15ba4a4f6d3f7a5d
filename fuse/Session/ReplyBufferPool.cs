using System.Collections.Concurrent;

namespace Nnpfs.Fuse.Session;

/// <summary>The reply buffers of requests that are answered later. Bounded: who finds none waits for one to come back.</summary>
/// <param name="capacity">bytes of the largest body: the most that the kernel may ask for in one READ</param>
/// <param name="count">buffers at most; each is made when it is first needed</param>
internal sealed class ReplyBufferPool(int capacity, int count) : IDisposable
{
    private readonly SemaphoreSlim _left = new(count, count);
    private readonly ConcurrentBag<ReplyBuffer> _idle = [];

    /// <summary>Bytes of the largest body.</summary>
    public int Capacity => capacity;

    /// <summary>Takes a buffer; waits without a limit of its own, until <paramref name="interrupt"/>.</summary>
    public async ValueTask<ReplyBuffer> TakeAsync(CancellationToken interrupt)
    {
        await ReserveAsync(interrupt);
        return _idle.TryTake(out ReplyBuffer? buffer) ? buffer : new ReplyBuffer(capacity);
    }

    public void Return(ReplyBuffer buffer)
    {
        _idle.Add(buffer);
        Unreserve();
    }

    /// <summary>Counts a reply that has room of its own like one that takes a buffer: that many are filled at once, and no more.</summary>
    public Task ReserveAsync(CancellationToken interrupt) => _left.WaitAsync(interrupt);

    public void Unreserve() => _left.Release();

    public void Dispose() => _left.Dispose();
}
