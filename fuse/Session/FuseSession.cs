using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>One connection with the kernel: INIT, then threads that read and answer, until the file system is unmounted.</summary>
/// <remarks>Knows neither where it is mounted nor how; runs as well over a device that a test made.</remarks>
internal sealed class FuseSession : IDisposable
{
    private readonly IFuseDevice _device;
    private readonly SessionOptions _options;
    private readonly ILogger _log;
    private readonly InFlight _inFlight = new();
    private readonly ReplyBufferPool _buffers;
    private readonly List<IFuseDevice> _clones = [];
    private readonly List<SessionThread> _threads = [];
    private readonly CancellationTokenSource _ended = new();
    private Rings? _rings;
    private Task _watch = Task.CompletedTask;

    private FuseSession(IFuseDevice device, SessionOptions options, Agreement agreement, ILogger log)
    {
        (_device, _options, _log, Agreement) = (device, options, log, agreement);
        _buffers = new ReplyBufferPool(agreement.MaxReply, options.ReplyBuffers);
        Trace = new WireTrace(log);
        Notifier = new KernelNotifier(device, agreement.Flags.HasFlag(InitFlags.HasExpireOnly), Trace);
    }

    /// <summary>What INIT has settled.</summary>
    public Agreement Agreement { get; }

    public IKernelNotifier Notifier { get; }

    public WireTrace Trace { get; }

    /// <summary>How requests come, for people.</summary>
    public string Way => _rings is null ? $"/dev/fuse on {_options.Threads} threads" : "io_uring";

    /// <summary>Requests that wait for something.</summary>
    public int Waiting => _inFlight.Count;

    /// <summary>Reads INIT from a device that is mounted, and answers it.</summary>
    /// <param name="device">stays the caller's</param>
    /// <param name="options">how many threads, how large</param>
    /// <param name="log">where the session writes to</param>
    /// <returns>EPROTO: the kernel speaks no protocol that we do; ENODEV: unmounted already</returns>
    public static Result<FuseSession> Open(IFuseDevice device, SessionOptions options, ILogger log)
    {
        byte[] buffer = GC.AllocateArray<byte>(Request.InputSize, pinned: true);
        while (true)
        {
            if (!device.Read(buffer).TryGet(out int length, out Errno errno))
                return errno;
            if (!TryParse(buffer.AsMemory(0, length), out InHeader header, out InitRequest kernel))
                return Errno.EPROTO;
            if (kernel.Major > InitNegotiation.Major)
            {
                // fuse.h: answer with the major that we speak, and the kernel asks again.
                _ = Answer(device, header.Unique, 0, new InitOut { Major = InitNegotiation.Major, Minor = InitNegotiation.Minor });
                continue;
            }
            if (!InitNegotiation.Agree(in kernel, options).TryGet(out Agreement? agreement, out errno))
            {
                _ = Answer(device, header.Unique, errno, default);
                return errno;
            }
            errno = Answer(device, header.Unique, 0, agreement.Answer);
            return errno == 0 ? new FuseSession(device, options, agreement, log) : errno;
        }
    }

    /// <summary>Goes on with a connection that another process has begun, and left.</summary>
    /// <param name="device">shares that process's descriptor; stays the caller's</param>
    /// <param name="options">as the other had them</param>
    /// <param name="agreement">that the other has made with the kernel; its answer is not used</param>
    /// <param name="log">where the session writes to</param>
    /// <returns>EINVAL: the kernel is older than 6.9, and what the other had taken would never be answered; ENODEV: the
    /// connection has ended</returns>
    public static Result<FuseSession> Resume(IFuseDevice device, SessionOptions options, Agreement agreement, ILogger log)
    {
        // What the other had taken comes once more, to whoever reads: under its number, with the highest bit set.
        Span<byte> message = stackalloc byte[ReplyBuffer.HeaderSize];
        MemoryMarshal.Write(message, new OutHeader { Length = ReplyBuffer.HeaderSize, Error = (int)NotifyCode.Resend });
        Errno errno = device.Write(message);
        return errno == 0 ? new FuseSession(device, options, agreement, log) : errno;
    }

    /// <summary>Starts the threads. The mount answers from here on.</summary>
    /// <returns>zero; else the kernel's reason why requests cannot come by io_uring, though it was agreed: the mount must go</returns>
    public Errno Start(HandlerSet handlers)
    {
        var requests = new RequestPool(_buffers);
        var dispatcher = new Dispatcher(new OpcodeTable(handlers, _inFlight), _inFlight, handlers.Counts, Trace, _log);
        var parts = new SessionParts(dispatcher, requests, Trace, Agreement.MaxReply, _log);
        int threads = _options.Threads;
        if (Agreement.Flags.HasFlag(InitFlags.OverIoUring))
        {
            _rings = new Rings(_device, new RingParts(dispatcher, _buffers, new ReadThreads(_options.Threads), Trace, Agreement.MaxReply, _log));
            if (_rings.Start() is var errno && errno != 0)
                return errno;
            threads = 1; // for FORGET and INTERRUPT, which still come this way
            _watch = new SignalWatch(_inFlight, TimeProvider.System).RunAsync(_ended.Token);
        }
        for (int i = 0; i < threads; i++)
            _threads.Add(new SessionThread(i == 0 || _options.SharesDevice ? _device : CloneOrShare(), parts));
        for (int i = 0; i < _threads.Count; i++)
            _threads[i].Start($"fuse-{i}");
        return 0;
    }

    /// <summary>Ends when the file system is unmounted and nothing is in flight any more.</summary>
    public async Task WaitForEndAsync()
    {
        await Task.WhenAll(_threads.Select(thread => thread.Ended));
        await _ended.CancelAsync();
        await _watch;
        if (_rings is not null)
            await _rings.EndAsync(); // /dev/fuse tells of the end; an entry that waits does not
        _inFlight.InterruptAll();
        long deadline = Environment.TickCount64 + (long)_options.EndTimeout.TotalMilliseconds;
        while (_inFlight.Count > 0 && Environment.TickCount64 < deadline)
            await Task.Delay(10);
        if (_inFlight.Count > 0)
            _log.RequestsLeft(_inFlight.Count, _options.EndTimeout.TotalSeconds);
    }

    public void Dispose()
    {
        foreach (IFuseDevice clone in _clones)
            clone.Dispose();
        // Where a busy mount is left, or a request is stuck, the rings end with the process.
        if (_rings is { IsOver: true } && _inFlight.Count == 0)
            _rings.Dispose();
    }

    /// <summary>A user whose /dev/fuse came from fusermount3 may not be allowed to open it: then all threads read from one.</summary>
    private IFuseDevice CloneOrShare()
    {
        if (_device.Clone().TryGet(out IFuseDevice? clone, out Errno errno))
        {
            _clones.Add(clone);
            return clone;
        }
        if (_threads.Count == 1)
            _log.CloneFailed(errno);
        return _device;
    }

    private static bool TryParse(ReadOnlyMemory<byte> message, out InHeader header, out InitRequest kernel)
    {
        var reader = new RequestReader(message);
        kernel = default;
        return reader.TryRead(out header) && header.Opcode == Opcode.Init && InitRequest.TryParse(in header, ref reader, out kernel);
    }

    private static Errno Answer(IFuseDevice device, ulong unique, Errno errno, in InitOut body)
    {
        Span<byte> message = stackalloc byte[ReplyBuffer.HeaderSize + 64];
        int length = ReplyBuffer.HeaderSize + (errno == 0 ? body.WriteTo(message[ReplyBuffer.HeaderSize..]) : 0);
        MemoryMarshal.Write(message, new OutHeader { Length = (uint)length, Error = -(int)errno, Unique = unique });
        return device.Write(message[..length]);
    }
}
