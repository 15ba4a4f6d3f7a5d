using Nnpfs.Posix;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Channel;

/// <summary>One call in flight: its message, and who waits for its wakeup.</summary>
internal sealed class Sleeper(Envelope call, long asked, long since, bool onlyIfThere)
    : TaskCompletionSource<Result<CallAnswer>>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public Envelope Call => call;

    public ulong Sequence => call.Sequence;

    /// <summary>The node table's count of breaks when it was called.</summary>
    public long Asked => asked;

    /// <summary>Ends with ENOTCONN rather than wait for arlad to come back.</summary>
    public bool OnlyIfThere => onlyIfThere;

    /// <summary>When it was called: a timestamp.</summary>
    public long Since => since;

    // guarded by the channel's gate
    public bool IsSent;
    public bool IsAbandoned; // nobody waits; its wakeup still frees its place
    public Envelope? Install;
    public SafeFd? Descriptor;

    /// <summary>Keeps an install that echoes this call's number.</summary>
    public void Keep(Envelope install, SafeFd? descriptor)
    {
        Descriptor?.Dispose();
        (Install, Descriptor) = (install, descriptor);
    }
}
