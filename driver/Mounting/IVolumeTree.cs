using Nnpfs.Driver.Data;
using Nnpfs.Fuse.Session;

namespace Nnpfs.Driver.Mounting;

/// <summary>A volume that arlad has let us into: what the handlers show.</summary>
internal interface IVolumeTree : IAsyncDisposable
{
    HandlerSet Handlers { get; }

    /// <summary>The file system is mounted: invalidations go to the kernel from here on. Called once, before the first request.</summary>
    void Attach(IKernelNotifier notifier);

    /// <summary>Whether files may be passed through. Called once, before the first request.</summary>
    void Attach(BackingOffer offer);
}

/// <summary>Connects to arlad. Called before anything is mounted, so that what is wrong there is said instead of hung on.</summary>
/// <returns>the tree, or why not (arlad is not running, it knows no such volume, it speaks no version that we do)</returns>
internal delegate Task<(IVolumeTree? Tree, Failure? Failure)> OpenVolume(
    MountOptions options, string mountPoint, Microsoft.Extensions.Logging.ILoggerFactory logs, CancellationToken stop);
