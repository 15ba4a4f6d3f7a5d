using Nnpfs.Fuse.Kernel;
using Nnpfs.Fuse.Session;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Handlers;

/// <summary>STATFS: what arlad last told. It never waits.</summary>
internal sealed class StatFsHandler(HandlerParts parts) : IHandler<StatFsRequest, StatFsOut>
{
    private const uint Fragment = 4096;

    public ValueTask<Result<StatFsOut>> HandleAsync(StatFsRequest message, Request request)
    {
        InstallStatFs told = parts.Installer.StatFs ?? new InstallStatFs();
        return new(new StatFsOut
        {
            Blocks = told.TotalBytes / Fragment,
            FreeBlocks = told.FreeBytes / Fragment,
            AvailableBlocks = told.FreeBytes / Fragment,
            Nodes = told.TotalNodes,
            FreeNodes = told.FreeNodes,
            BlockSize = Fragment,
            FragmentSize = Fragment,
            NameLength = NodeName.MaxLength,
        });
    }
}
