using System.Reflection;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Logging;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>Status, Volumes, Waiters.</summary>
internal sealed class StatusHandlers(VolumeSet volumes, ICacheAdmin cache, LogControl log, TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public static string Version { get; } =
        typeof(StatusHandlers).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public ulong UptimeMs => Messages.Milliseconds(time.GetElapsedTime(_start));

    public ValueTask<Outcome<StatusReply>> StatusAsync(StatusRequest request, CancellationToken cancel) =>
        ValueTask.FromResult<Outcome<StatusReply>>(Status());

    public ValueTask<Outcome<VolumesReply>> VolumesAsync(VolumesRequest request, CancellationToken cancel) =>
        ValueTask.FromResult<Outcome<VolumesReply>>(new VolumesReply { Volumes = { volumes.All.Select(Of) } });

    public ValueTask<Outcome<WaitersReply>> WaitersAsync(WaitersRequest request, CancellationToken cancel) =>
        ValueTask.FromResult<Outcome<WaitersReply>>(new WaitersReply { Waiters = { Waiters() } });

    /// <summary>The longest wait first.</summary>
    public IEnumerable<Proto.Admin.Waiter> Waiters()
    {
        DateTimeOffset now = time.GetUtcNow();
        return volumes.All.SelectMany(volume => volume.Waiters).OrderBy(waiter => waiter.Since).Select(waiter => Messages.Of(waiter, now));
    }

    public StatusReply Status()
    {
        DateTimeOffset now = time.GetUtcNow();
        CacheStats stats = cache.Stats;
        return new()
        {
            Version = Version,
            Process = (uint)Environment.ProcessId,
            UptimeMs = UptimeMs,
            Runtime = Environment.Version.ToString(),
            Mounts = { volumes.All.SelectMany(volume => volume.Mounts.Select(mount => Messages.Of(volume.Name, mount, now))) },
            CacheBytes = (ulong)stats.Bytes,
            CacheMaxBytes = (ulong)stats.Limits.Bytes,
            Nodes = (ulong)stats.Nodes,
            ResidentBytes = (ulong)Environment.WorkingSet,
            Waiters = (uint)volumes.All.Sum(volume => volume.Waiters.Count),
            LogLevel = log.LevelName,
            WireTrace = log.WireTrace,
            Volumes = (uint)volumes.All.Count,
        };
    }

    private Proto.Admin.Volume Of(IVolumeAdmin volume)
    {
        VolumeUsage usage = volume.Usage;
        return new()
        {
            Name = volume.Name,
            Origin = volume.Origin.Name,
            BlockSize = (uint)volume.BlockSize,
            Epoch = volume.Epoch,
            Mounts = (uint)volume.Mounts.Count,
            Nodes = (ulong)usage.Nodes,
            CachedBytes = (ulong)usage.Bytes,
            LastError = Messages.Of(volume.LastError, time.GetUtcNow()),
        };
    }
}
