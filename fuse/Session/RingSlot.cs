using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>One entry of a ring, with the request that is in it. The reply's body is written where the kernel fetches it.</summary>
/// <remarks>Until the answer is committed, the entry takes no other request: a miss keeps it for as long as it waits.</remarks>
internal sealed class RingSlot : IRequestSource
{
    private const int InHeaderSize = 40;

    private readonly RingThread _thread;
    private readonly FuseRing _ring;
    private readonly int _entry;
    private readonly RingParts _parts;
    private readonly Request _request;
    private int _requestSize;
    private bool _isElsewhere; // answered by another thread than the ring's
    private int _replySize;    // of the reply at hand, its header included

    public RingSlot(RingThread thread, FuseRing ring, int entry, RingParts parts)
    {
        (_thread, _ring, _entry, _parts) = (thread, ring, entry, parts);
        _request = new Request(parts.Buffers, new ReplyBuffer(ring.Room(entry, ReplyBuffer.HeaderSize)));
    }

    public int Entry => _entry;

    /// <summary>A request is in it. The ring's thread's own.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Its room has been written to beyond a small reply. The ring's thread's own.</summary>
    public bool IsLarge { get; set; }

    /// <summary>Bytes of the reply that was committed last.</summary>
    public int ReplySize => _replySize;

    /// <summary>The kernel has put a request into the entry. Called on the ring's thread.</summary>
    /// <param name="othersWait">behind this one: a read that may have to wait for the disk is not to hold them up</param>
    public void Serve(bool othersWait)
    {
        (_replySize, _isElsewhere, IsBusy) = (0, false, true);
        if (!_ring.Read(_entry, InHeaderSize, _request.Input).TryGet(out _requestSize, out _))
            Refuse();
        else if (othersWait && MemoryMarshal.Read<InHeader>(_request.Input).Opcode == Opcode.Read)
        {
            _isElsewhere = true;
            _parts.ReadThreads.Take(this);
        }
        else
            Answer();
    }

    /// <summary>Has the request answered, on this thread for as long as the answer is there at once.</summary>
    public void Answer()
    {
        _parts.Trace.FromKernel(_request.Input[.._requestSize]);
        if (_request.TryBegin(_requestSize, spare: null))
            _ = _parts.Dispatcher.AnswerAsync(_request, this).AsTask();
        else
            Refuse();
    }

    public void GoOnWithout(Request request) => request.Leave();

    public Errno Send(Request request, ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> body = message[ReplyBuffer.HeaderSize..];
        Span<byte> room = _ring.Room(_entry, 0).Span;
        // A small answer lies in the request's own bytes; a large one was written in place.
        if (!body.Overlaps(room))
            body.CopyTo(room);
        _ring.Reply(_entry, message[..ReplyBuffer.HeaderSize], body.Length);
        _replySize = message.Length;
        return 0;
    }

    public void Release(Request request, bool left)
    {
        if (_replySize == 0)
            Send(request, Failure(request.Unique)); // of a kind that is not answered, which does not come this way
        request.Finish();
        Commit(left || _isElsewhere);
    }

    private void Commit(bool later)
    {
        if (later)
            _thread.CommitLater(this);
        else
            _thread.Commit(this);
    }

    private void Refuse()
    {
        _parts.Log.NotARequest(_requestSize);
        Send(_request, Failure(0));
        Commit(_isElsewhere);
    }

    private static ReadOnlySpan<byte> Failure(ulong unique)
    {
        byte[] message = new byte[ReplyBuffer.HeaderSize];
        StructWriter.Write(message, new OutHeader { Length = ReplyBuffer.HeaderSize, Error = -(int)Errno.EIO, Unique = unique });
        return message;
    }
}
