using System.Runtime.InteropServices;
using Nnpfs.Fuse.Kernel;

namespace Nnpfs.Fuse.Session;

/// <summary>What the session does with a request, and no handler may.</summary>
internal sealed partial class Request
{
    /// <summary>Where the next request is read into.</summary>
    public Span<byte> Input => _input;

    /// <summary>The header's own idea of the length is checked against what was read; then the body is what lies between.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>A signal came for the application, or the mount ends.</summary>
    public bool IsInterrupted
    {
        get
        {
            lock (_gate)
                return _interrupted;
        }
    }

    /// <summary>Begins a request whose bytes are in <see cref="Input"/>, on the thread that will call its handler.</summary>
    /// <param name="length">bytes read</param>
    /// <param name="spare">the thread's own reply buffer, lent until <see cref="Leave"/> or <see cref="Finish"/>; null: the
    /// request has its own</param>
    /// <returns>false when the bytes are no request: too short, or of another length than they say</returns>
    public bool TryBegin(int length, ReplyBuffer? spare)
    {
        const int headerSize = 40;
        if (!MemoryMarshal.TryRead(_input.AsSpan(0, length), out InHeader header) || header.Length != length)
            return false;
        int extensions = header.ExtensionLength * 8;
        if (headerSize + extensions > length)
            return false;
        lock (_gate)
        {
            _header = header;
            _interrupted = false;
        }
        Body = _input.AsMemory(headerSize, length - headerSize - extensions);
        (_reply, _spare, _replyIsPooled, _isReserved) = (null, spare ?? _own, false, false);
        Note = null;
        _threadId = Environment.CurrentManagedThreadId;
        return true;
    }

    /// <summary>The handler did not answer at once: the thread goes on without this request.</summary>
    /// <returns>the thread's buffer; null when the handler had reserved it, then it stays with the request</returns>
    public ReplyBuffer? Leave()
    {
        ReplyBuffer? spare = _spare;
        _spare = null;
        _threadId = 0;
        return spare;
    }

    /// <summary>Interrupts this request if it still is the one named: its token is cancelled, now or when it is first asked for.</summary>
    public bool TryInterrupt(ulong unique)
    {
        CancellationTokenSource? source;
        lock (_gate)
        {
            if (_header.Unique != unique)
                return false;
            _interrupted = true;
            source = _sourceInUse ? _source : null;
        }
        // Never inline: what waits for the token would run on the thread that read the INTERRUPT.
        _ = source?.CancelAsync();
        return true;
    }

    /// <summary>The header's room and the body's, ready for a body of <paramref name="length"/> bytes.</summary>
    public Memory<byte> Output(int length) =>
        _reply is null ? _input.AsMemory(0, ReplyBuffer.HeaderSize + length) : _reply.Whole[..(ReplyBuffer.HeaderSize + length)];

    /// <summary>Puts a reply's body where <see cref="Output"/> will find it.</summary>
    /// <returns>bytes of the body</returns>
    public int WriteBody<TReply>(in TReply reply)
        where TReply : struct, IReply
    {
        // A fixed body overwrites the request's own bytes: its handler is done with them.
        Span<byte> room = (_reply is null ? _input.AsSpan(ReplyBuffer.HeaderSize) : _reply.Body.Span);
        int length = reply.WriteTo(room);
        if (length > 0 && _reply is null && reply is Bytes || length > room.Length)
            throw new InvalidOperationException("A reply of bytes without room for them.");
        return length;
    }

    /// <summary>Ends the request: its room goes back where it came from.</summary>
    /// <returns>the buffer of the session's thread, if it was lent and is still here</returns>
    public ReplyBuffer? Finish()
    {
        ReplyBuffer? own = _spare ?? (_replyIsPooled ? null : _reply);
        if (_replyIsPooled)
            _pool.Return(_reply!);
        if (_isReserved)
            _pool.Unreserve();
        (_reply, _spare, _replyIsPooled, _isReserved, _threadId) = (null, null, false, false, 0);
        lock (_gate)
        {
            _header = default;
            // A source that was cancelled, or is just being, cannot be used again.
            if (_sourceInUse && (_interrupted || !_source!.TryReset()))
                _source = null;
            _sourceInUse = false;
            _interrupted = false;
        }
        return own;
    }
}
