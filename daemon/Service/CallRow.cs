using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Daemon.Service;

/// <summary>One row of <see cref="CallTable"/>: a message that a wakeup ends.</summary>
/// <param name="Name">for people</param>
/// <param name="Subject">the node that it names, or the directory</param>
/// <param name="IsValid">are its fields what they may be, whoever sent it? If not: EPROTO</param>
/// <param name="HandleAsync">installs what was asked for, then answers zero; or an errno</param>
internal sealed record CallRow(
    string Name, Func<Envelope, NodeId> Subject, Func<Envelope, bool> IsValid, Func<CallContext, ValueTask<Errno>> HandleAsync);
