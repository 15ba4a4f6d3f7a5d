using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Handlers;

/// <summary>RELEASE: the last user of an open file is gone.</summary>
internal sealed class ReleaseHandler(HandlerParts parts) : IHandler<ReleaseRequest, Nothing>
{
    /// <returns>EBADF: no such handle</returns>
    public ValueTask<Result<Nothing>> HandleAsync(ReleaseRequest message, Request request)
    {
        if (parts.Open.Remove(message.File.Value) is not { } file)
            return new(Errno.EBADF);
        parts.Passthrough.Close(file.Node, file.Mode);
        if (file.Mode == Data.ReadMode.Passthrough)
            parts.Reporter.Touch(file.Node);
        parts.Data.ReportClosed(file);
        parts.Nodes.Close(file.Node);
        return new(default(Nothing));
    }
}
