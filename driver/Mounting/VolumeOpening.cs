using Microsoft.Extensions.Logging;

namespace Nnpfs.Driver.Mounting;

/// <summary>Composes what lies behind the handlers of one mount.</summary>
internal static class VolumeOpening
{
    /// <inheritdoc cref="OpenVolume"/>
    public static Task<(IVolumeTree? Tree, Failure? Failure)> OpenAsync(
        MountOptions options, string mountPoint, ILoggerFactory logs, CancellationToken stop) =>
        Task.FromResult<(IVolumeTree?, Failure?)>((null, new Failure(ExitStatus.System, "the channel is not here yet")));
}
