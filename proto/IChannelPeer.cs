using Nnpfs.Posix;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Proto;

/// <summary>What happens at our end of a <see cref="ChannelConnection"/>. Both members are called on its reader thread.</summary>
public interface IChannelPeer
{
    /// <summary>A message has come; messages come in their order, one at a time. It must not block: the next waits behind it.</summary>
    /// <param name="envelope">has a body; its fields are not checked</param>
    /// <param name="descriptor">the callee's to dispose; null for none</param>
    void OnMessage(Envelope envelope, SafeFd? descriptor);

    /// <summary>The last call, once: no message comes any more.</summary>
    /// <param name="reason">0: the other end closed; EPROTO: it sent no message; ENOBUFS: it did not read; else of the socket</param>
    void OnClosed(Errno reason);
}
