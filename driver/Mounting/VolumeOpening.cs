using System.Globalization;
using Microsoft.Extensions.Logging;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Handlers;

namespace Nnpfs.Driver.Mounting;

/// <summary>Composes what lies behind the handlers of one mount.</summary>
internal static class VolumeOpening
{
    private const int MostOpenBlocks = 8192;

    /// <inheritdoc cref="OpenVolume"/>
    public static async Task<(IVolumeTree? Tree, Failure? Failure)> OpenAsync(
        MountOptions options, string mountPoint, ILoggerFactory logs, CancellationToken stop)
    {
        var channel = new ChannelOptions
        {
            SocketPath = options.Channel,
            Volume = options.Volume,
            MountPoint = mountPoint,
            Timeout = options.Timeout,
            BlocksByDescriptor = !Environment.IsPrivilegedProcess,
            ElidesOpens = options.ElidesOpens,
            OpenBlocks = (int)Math.Min(OpenFileLimit() / 2, MostOpenBlocks),
        };
        (MountedVolume? volume, ConnectFailure? failure) = await MountedVolume.ConnectAsync(
            channel, TimeProvider.System, logs.CreateLogger("channel"), connect: null, stop);
        return (volume, failure is null ? null : Explain(failure, options));
    }

    private static Failure Explain(ConnectFailure failure, MountOptions options) => new(ExitStatus.Mount, failure switch
    {
        { Reason.Length: > 0 } => $"arlad refuses volume {options.Volume}: {failure.Reason} ({failure.Errno})",
        { Errno: Errno.ENOENT or Errno.ECONNREFUSED } =>
            $"arlad is not running: nobody listens at {options.Channel}; start it, or name its socket with -o channel=PATH or its jail with -o jail=DIR",
        { Errno: Errno.EACCES } => $"this user may not connect to {options.Channel}",
        { Errno: Errno.ENAMETOOLONG } => $"the path of the socket is longer than 107 bytes: {options.Channel}",
        { Errno: Errno.ETIMEDOUT } => $"arlad does not answer at {options.Channel}",
        { Errno: Errno.EPROTO } => $"arlad at {options.Channel} speaks another protocol: are arlad and nnpfs of one version?",
        { Errno: Errno.ECONNRESET or Errno.EPIPE } => $"arlad at {options.Channel} closed the connection without an answer; its log says why",
        _ => $"cannot connect to arlad at {options.Channel}: {failure.Errno}",
    });

    /// <summary>RLIMIT_NOFILE, as the runtime has raised it. SOURCE: proc_pid_limits(5).</summary>
    private static long OpenFileLimit()
    {
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(static l => l.StartsWith("Max open files", StringComparison.Ordinal));
        string? soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return long.TryParse(soft, CultureInfo.InvariantCulture, out long limit) ? limit : soft == "unlimited" ? long.MaxValue : 1024;
    }
}
