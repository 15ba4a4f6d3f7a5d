using Nnpfs.Fuse.Kernel;

namespace Nnpfs.Fuse.Session;

/// <summary>One request of the kernel in flight: its bytes, who asks, its interrupt, and the room for its reply. Pooled.</summary>
/// <remarks>A handler may use it until its task ends, and not a moment longer: the next request then lives in it.</remarks>
internal sealed partial class Request
{
    /// <summary>Bytes of the buffer that requests are read into: the kernel demands 8 KiB, and two names of 4 KiB fit.</summary>
    public const int InputSize = 16 * 1024;

    private const int SmallReply = 128 * 1024; // bytes: a page of the origin's, or the kernel's read-ahead

    // set once
    private readonly byte[] _input = GC.AllocateArray<byte>(InputSize, pinned: true);
    private readonly ReplyBufferPool _pool;
    private readonly ReplyBuffer? _own; // where the request's place with the kernel has room for its reply
    private readonly Lock _gate = new();

    // of the current request: written by the session thread before the handler is called
    private InHeader _header;
    private ReplyBuffer? _spare;  // the session thread's own buffer, there for the taking until the handler returns
    private int _threadId;        // of the session thread, until the handler returns; 0 afterwards
    private ReplyBuffer? _reply;  // what the handler reserved
    private bool _replyIsPooled;
    private bool _isReserved;     // the reply is in _own, and counted by the pool

    // guarded by _gate
    private CancellationTokenSource? _source; // made at the first use, kept for later requests while it can be
    private bool _sourceInUse;
    private bool _interrupted;

    /// <param name="pool">of buffers for large replies that come late</param>
    /// <param name="own">room that is this request's alone; null: its thread lends some, until it goes on</param>
    public Request(ReplyBufferPool pool, ReplyBuffer? own = null) => (_pool, _own) = (pool, own);

    public ref readonly InHeader Header => ref _header;

    /// <summary>Names the request in log lines.</summary>
    public ulong Unique => _header.Unique;

    /// <summary>Who asks; 0 and 0 where the kernel asks on its own account.</summary>
    public uint Uid => _header.Uid;

    /// <summary>The process that asks; 0 where the kernel asks on its own account (read-ahead).</summary>
    public uint Pid => _header.Pid;

    /// <summary>Cancelled when the application is interrupted by a signal, or the mount ends. Made at the first use: whoever answers at
    /// once should not touch it.</summary>
    public CancellationToken Interrupt
    {
        get
        {
            lock (_gate)
            {
                _source ??= new CancellationTokenSource();
                _sourceInUse = true;
                if (_interrupted)
                    _source.Cancel();
                return _source.Token;
            }
        }
    }

    /// <summary>Where the answer came from, for the log line: "cache", "kernel", "origin". A constant: no formatting.</summary>
    public string? Note { get; set; }

    /// <summary>Room for the body of a <see cref="Bytes"/> reply. For handlers that answer at once: only before the first await.</summary>
    /// <param name="size">bytes; cut to the session's largest reply</param>
    /// <returns>exactly that many bytes; what they hold is undefined. Costs no allocation.</returns>
    public Memory<byte> Room(int size)
    {
        if (_reply is null && !TryTakeSpare())
            throw new InvalidOperationException("Room() is for the session's thread, before the first await; use RoomAsync().");
        return Cut(size);
    }

    /// <summary>As <see cref="Room"/>, anywhere. After a wait it comes from a bounded pool: ask for it when the data is there, never
    /// before waiting for the daemon.</summary>
    public ValueTask<Memory<byte>> RoomAsync(int size)
    {
        if (_reply is not null || TryTakeSpare())
            return new ValueTask<Memory<byte>>(Cut(size));
        return TakePooledAsync(size);
    }

    private bool TryTakeSpare()
    {
        if (_threadId != Environment.CurrentManagedThreadId || _spare is null)
            return false;
        (_reply, _spare) = (_spare, null);
        return true;
    }

    private async ValueTask<Memory<byte>> TakePooledAsync(int size)
    {
        if (_own is not null)
            return await TakeOwnAsync(size);
        _reply = await _pool.TakeAsync(Interrupt);
        _replyIsPooled = true;
        return Cut(size);
    }

    /// <summary>Its memory becomes real when it is written to: so the large ones are counted all the same.</summary>
    private async ValueTask<Memory<byte>> TakeOwnAsync(int size)
    {
        if (size > SmallReply)
        {
            await _pool.ReserveAsync(Interrupt);
            _isReserved = true;
        }
        (_reply, _spare) = (_own, null);
        return Cut(size);
    }

    private Memory<byte> Cut(int size) => _reply!.Body[..Math.Min(size, _reply.Capacity)];
}
