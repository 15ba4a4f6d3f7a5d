using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What reclaim leaves alone.</summary>
internal sealed partial class Volume
{
    public ValueTask<Errno> PinAsync(OriginPath path, CancellationToken cancel) => new(Errno.ENOSYS);

    public ValueTask<Errno> UnpinAsync(OriginPath path, CancellationToken cancel) => new(Errno.ENOSYS);

    public ValueTask<IReadOnlyList<OriginPath>> PinsAsync(CancellationToken cancel) => new([]);
}
