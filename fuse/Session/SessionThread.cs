using Microsoft.Extensions.Logging;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>One thread that reads requests from a descriptor of its own, until the file system is unmounted.</summary>
internal sealed class SessionThread : IRequestSource
{
    private readonly IFuseDevice _device;
    private readonly Dispatcher _dispatcher;
    private readonly RequestPool _pool;
    private readonly WireTrace _trace;
    private readonly ILogger _log;
    private readonly int _maxReply;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // only this thread touches them
    private ReplyBuffer? _spare;
    private bool _left; // the request at hand goes on without this thread

    public SessionThread(IFuseDevice device, SessionParts parts)
    {
        (_device, _dispatcher, _pool, _trace, _log, _maxReply) =
            (device, parts.Dispatcher, parts.Requests, parts.Trace, parts.Log, parts.MaxReply);
    }

    public Task Ended => _ended.Task;

    public void Start(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    public void GoOnWithout(Request request) => (_spare, _left) = (request.Leave(), true);

    public Errno Send(Request request, ReadOnlySpan<byte> message) => _device.Write(message);

    public void Release(Request request, bool left)
    {
        ReplyBuffer? own = request.Finish();
        if (left)
            _pool.Return(request);
        else
            _spare = own;
    }

    private void Run()
    {
        Request request = _pool.Take();
        Result<int> read;
        while ((read = _device.Read(request.Input)).IsOk)
            request = Serve(request, read.Value);
        if (read.Errno != Errno.ENODEV)
            _log.DeviceFailed(read.Errno);
        _ended.SetResult();
    }

    /// <returns>the request to read into next</returns>
    private Request Serve(Request request, int length)
    {
        _trace.FromKernel(request.Input[..length]);
        if (!request.TryBegin(length, _spare ??= new ReplyBuffer(_maxReply)))
        {
            _log.NotARequest(length);
            return request;
        }
        _left = false;
        // A task that is complete costs nothing here. One that is not goes on by itself: InFlight keeps it, the session waits for it.
        _ = _dispatcher.AnswerAsync(request, this).AsTask();
        // Asked of this thread, not of the task: that may be complete by now, and the request in use for another.
        return _left ? _pool.Take() : request;
    }
}
