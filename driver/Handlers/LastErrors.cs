using Nnpfs.Proto;

namespace Nnpfs.Driver.Handlers;

/// <summary>The last error that each node's reader met, for <c>user.nnpfs.last-error</c>: the newest few hundred of them.</summary>
internal sealed class LastErrors(TimeProvider time)
{
    private const int Max = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, string> _errors = []; // guarded by _gate
    private readonly Queue<NodeId> _order = new();            // guarded by _gate

    /// <returns>the errno, for the caller to answer with</returns>
    public Errno Note(NodeId node, Errno errno)
    {
        if (errno == Errno.EINTR)
            return errno; // the reader's own wish
        lock (_gate)
        {
            if (!_errors.ContainsKey(node))
                _order.Enqueue(node);
            _errors[node] = $"{errno} {time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ}";
            if (_order.Count > Max)
                _errors.Remove(_order.Dequeue());
        }
        return errno;
    }

    /// <returns>null: none is remembered</returns>
    public string? Of(NodeId node)
    {
        lock (_gate)
            return _errors.GetValueOrDefault(node);
    }
}
