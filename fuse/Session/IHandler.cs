using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>Answers one kind of request. Knows nothing of bytes, opcodes, headers or threads.</summary>
/// <remarks>
/// Called on a session thread, many at once. An answer that is there at once is returned as a completed task and costs no
/// allocation; whatever must wait returns a task that is not complete, and the thread reads the next request meanwhile. No
/// handler blocks. What the message points into (names) is valid until its task ends. No try/catch: an exception becomes EIO and
/// an error log with its stack.
/// </remarks>
internal interface IHandler<TMessage, TReply>
    where TMessage : struct, IRequest<TMessage>
    where TReply : struct, IReply
{
    /// <param name="message">the request, parsed</param>
    /// <param name="request">who asks, the interrupt, and the room for a reply of bytes</param>
    /// <returns>the reply's body, or the errno that the application gets</returns>
    ValueTask<Result<TReply>> HandleAsync(TMessage message, Request request);
}

/// <summary>Takes back references to nodes. Never answered, must not block.</summary>
internal interface IForgetHandler
{
    /// <param name="node">as given to the kernel in an entry</param>
    /// <param name="count">references given back; may be more than were lent where the kernel is hostile</param>
    void Forget(ulong node, ulong count);
}
