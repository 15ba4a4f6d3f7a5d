using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>OPEN under <c>open=elide</c>: the first answer tells the kernel never to ask again, on the whole mount.</summary>
/// <remarks>
/// What an OPEN would have checked rests on the entry then: its time is the shorter one of the name's token and the node's, and an
/// invalidation takes it back, so that a new open comes through a lookup. Nobody proves the version of a file of which nothing is
/// cached: its first reader is told ESTALE where a sent OPEN would have found the new one.
/// </remarks>
internal sealed class ElidedOpenHandler : IHandler<OpenRequest, OpenOut>
{
    /// <returns>ENOSYS. SOURCE: FUSE_NO_OPEN_SUPPORT, linux/fuse.h</returns>
    public ValueTask<Result<OpenOut>> HandleAsync(OpenRequest message, Request request) => new(Errno.ENOSYS);
}
