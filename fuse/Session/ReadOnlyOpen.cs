using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>OPEN of a file system that cannot be written: who wants to write gets EROFS, all others the real handler.</summary>
internal sealed class ReadOnlyOpen(IHandler<OpenRequest, OpenOut> next) : IHandler<OpenRequest, OpenOut>
{
    public ValueTask<Result<OpenOut>> HandleAsync(OpenRequest message, Request request) =>
        message.Writes ? new(Errno.EROFS) : next.HandleAsync(message, request);
}
