using System.Diagnostics.Metrics;
using Nnpfs.Daemon.Admin;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Volumes;

namespace Nnpfs.Daemon.Metrics;

/// <summary>The metrics that are read when somebody asks, of the process, the cache and the volumes.</summary>
internal sealed class Gauges : IDisposable
{
    private readonly IReadOnlyList<IVolumeAdmin> _volumes;
    private readonly TimeProvider _time;
    private readonly long _start;

    public Gauges(IReadOnlyList<IVolumeAdmin> volumes, ICacheAdmin cache, string version, TimeProvider time)
    {
        (_volumes, _time, _start) = (volumes, time, time.GetTimestamp());
        OfProcess(version);
        OfVolumes();
        OfCache(new Recent(cache, time));
    }

    public Meter Meter { get; } = new("Nnpfs.Daemon.Gauges");

    public void Dispose() => Meter.Dispose();

    private void OfProcess(string version)
    {
        Meter.CreateObservableGauge("nnpfs_build_info", () => new Measurement<long>(1, new KeyValuePair<string, object?>("version", version)),
            description: "Always 1; the label is arlad's version.");
        Gauge("nnpfs_uptime_seconds", "Since arlad's start.", () => _time.GetElapsedTime(_start).TotalSeconds);
        Gauge("nnpfs_resident_bytes", "Resident memory of arlad.", () => Environment.WorkingSet);
        Gauge("nnpfs_heap_bytes", "Managed memory of arlad in use.", () => GC.GetTotalMemory(false));
        Gauge("nnpfs_threads", "Threads of arlad's pool.", () => ThreadPool.ThreadCount);
        Gauge("nnpfs_cpu_seconds_total", "Processor time of arlad.", () => Environment.CpuUsage.TotalTime.TotalSeconds);
    }

    private void OfVolumes()
    {
        ByVolume("nnpfs_volume_nodes", "Nodes in the index.", volume => volume.Usage.Nodes);
        ByVolume("nnpfs_volume_bytes", "Bytes of content in block files.", volume => volume.Usage.Bytes);
        ByVolume("nnpfs_volume_epoch", "Raised by every invalidation.", volume => volume.Epoch);
        ByVolume("nnpfs_mounts", "Mounts that are connected.", volume => volume.Mounts.Count);
        ByVolume("nnpfs_waiters", "Calls, unconfirmed invalidations and work of arlad's own that wait.", volume => volume.Waiters.Count);
    }

    private void OfCache(Recent cache)
    {
        Gauge("nnpfs_cache_bytes", "Bytes of block files.", () => cache.Stats.Bytes);
        Gauge("nnpfs_cache_limit_bytes", "The most bytes that block files may take.", () => cache.Stats.Limits.Bytes);
        Gauge("nnpfs_cache_reserved_bytes", "Promised to fetches under way.", () => cache.Stats.ReservedBytes);
        Gauge("nnpfs_cache_pinned_bytes", "Bytes that reclaim leaves alone.", () => cache.Stats.PinnedBytes);
        Gauge("nnpfs_cache_transient_bytes", "Content in memory, for want of room on the disk.", () => cache.Stats.TransientBytes);
        Gauge("nnpfs_cache_nodes", "Nodes in the index, of all volumes.", () => cache.Stats.Nodes);
        Gauge("nnpfs_cache_limit_nodes", "The most nodes that the index may hold.", () => cache.Stats.Limits.Nodes);
        Gauge("nnpfs_cache_blocks", "Block files.", () => cache.Stats.Blocks);
        Gauge("nnpfs_cache_filled_pages_total", "Pages written to block files.", () => cache.Stats.FilledPages);
        Gauge("nnpfs_cache_reclaimed_blocks_total", "Block files that reclaim freed.", () => cache.Stats.ReclaimedBlocks);
        Gauge("nnpfs_cache_reclaimed_bytes_total", "Bytes that reclaim freed.", () => cache.Stats.ReclaimedBytes);
        Gauge("nnpfs_cache_dropped_nodes_total", "Nodes that the index forgot for its limit.", () => cache.Stats.DroppedNodes);
        Gauge("nnpfs_cache_checked_pages_total", "Pages whose checksum was compared.", () => cache.Stats.CheckedPages);
        Gauge("nnpfs_cache_damaged_pages_total", "Pages whose checksum was wrong: dropped, and fetched again.", () => cache.Stats.DamagedPages);
        Gauge("nnpfs_cache_swept_files_total", "Block files that no row named, removed.", () => cache.Stats.SweptFiles);
        Gauge("nnpfs_cache_commits_total", "Commits of the index.", () => cache.Stats.Commits);
    }

    private void Gauge(string name, string help, Func<double> read) => Meter.CreateObservableGauge(name, read, description: help);

    private void ByVolume(string name, string help, Func<IVolumeAdmin, double> read) => Meter.CreateObservableGauge(name,
        () => _volumes.Select(volume => new Measurement<double>(read(volume), Instruments.Volume(volume.Name))), description: help);

    /// <summary>One look at the cache for all of its gauges: it costs a query of the index.</summary>
    private sealed class Recent(ICacheAdmin cache, TimeProvider time)
    {
        private static readonly TimeSpan _keep = TimeSpan.FromMilliseconds(100);

        private readonly Lock _gate = new();

        // guarded by _gate
        private CacheStats? _stats;
        private long _read;

        public CacheStats Stats
        {
            get
            {
                lock (_gate)
                {
                    if (_stats is null || time.GetElapsedTime(_read) > _keep)
                        (_stats, _read) = (cache.Stats, time.GetTimestamp());
                    return _stats;
                }
            }
        }
    }
}
