using System.Collections.Concurrent;

namespace Nnpfs.Fuse.Session;

/// <summary>Requests that are not in use. A thread that answers at once keeps its own and never comes here.</summary>
internal sealed class RequestPool(ReplyBufferPool buffers)
{
    private const int MaxIdle = 64; // of 16 KiB each; a burst of misses may need more for a while

    private readonly ConcurrentBag<Request> _idle = [];

    public Request Take() => _idle.TryTake(out Request? request) ? request : new Request(buffers);

    public void Return(Request request)
    {
        if (_idle.Count < MaxIdle)
            _idle.Add(request);
    }
}
