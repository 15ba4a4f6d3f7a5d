using Nnpfs.Fuse.Session;

namespace Nnpfs.Driver.Handlers;

/// <summary>FORGET and BATCH_FORGET: the kernel gives references back.</summary>
internal sealed class ForgetHandler(HandlerParts parts) : IForgetHandler
{
    public void Forget(ulong node, ulong count) => parts.Nodes.Forget(node, count);
}
