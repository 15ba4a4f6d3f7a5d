using Nnpfs.Driver.Data;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>LSEEK: where data and holes are. Origins do not tell of holes: a file is all data, with the hole at its end.</summary>
internal sealed class LseekHandler(HandlerParts parts) : IHandler<LseekRequest, LseekOut>
{
    /// <returns>ENXIO: beyond the end; EINVAL: neither SEEK_DATA nor SEEK_HOLE; EBADF</returns>
    public ValueTask<Result<LseekOut>> HandleAsync(LseekRequest message, Request request)
    {
        if (parts.FileOf(message.Node, message.File) is not { Content: { } content })
            return new(Errno.EBADF);
        if (message.Whence is not (LseekRequest.SeekData or LseekRequest.SeekHole))
            return new(Errno.EINVAL);
        if (message.Offset < 0 || message.Offset >= content.Size)
            return new(Errno.ENXIO);
        return new(new LseekOut(message.Whence == LseekRequest.SeekData ? message.Offset : content.Size));
    }
}
