using System.Diagnostics.Metrics;

namespace Nnpfs.Daemon.Metrics;

/// <summary>Every counter and histogram of arlad: this file names them all. docs/metrics.md says what each one means.</summary>
/// <remarks>
/// Names are those of the Prometheus text: unit and "_total" are part of them. The label "volume" is on each that concerns one.
/// Gauges are read when somebody asks: Gauges.cs.
/// </remarks>
internal static class Instruments
{
    public static readonly Meter Meter = new("Nnpfs.Daemon");

    /// <summary>Calls of drivers that were answered. Labels: volume, call, result (ok or an errno).</summary>
    public static readonly Counter<long> Calls = Meter.CreateCounter<long>(
        "nnpfs_calls_total", description: "Calls of mounts that were answered.");

    /// <summary>Seconds from a driver's call to its wakeup. Labels: volume, call.</summary>
    public static readonly Histogram<double> CallSeconds = Meter.CreateHistogram<double>(
        "nnpfs_call_seconds", description: "Time from a mount's call to its wakeup, in seconds.");

    public static readonly Counter<long> DataHits = Meter.CreateCounter<long>(
        "nnpfs_data_hits_total", description: "Calls for data that the cache answered.");

    public static readonly Counter<long> DataMisses = Meter.CreateCounter<long>(
        "nnpfs_data_misses_total", description: "Calls for data that waited for the origin.");

    public static readonly Counter<long> CacheServedBytes = Meter.CreateCounter<long>(
        "nnpfs_cache_served_bytes_total", description: "Bytes that calls asked for and the cache had.");

    public static readonly Counter<long> GuessedUsedBytes = Meter.CreateCounter<long>(
        "nnpfs_guessed_used_bytes_total", description: "Bytes of small files that were fetched ahead of a walk through their directory, which came to them.");

    public static readonly Counter<long> GuessedUnusedBytes = Meter.CreateCounter<long>(
        "nnpfs_guessed_unused_bytes_total", description: "Bytes of small files that were fetched ahead of a walk, which went elsewhere.");

    public static readonly Counter<long> OriginRequests = Meter.CreateCounter<long>(
        "nnpfs_origin_requests_total", description: "Requests to origins. Label: operation (facts, list, read).");

    public static readonly Counter<long> OriginErrors = Meter.CreateCounter<long>(
        "nnpfs_origin_errors_total", description: "Requests to origins that failed. Label: errno.");

    public static readonly Counter<long> OriginBytes = Meter.CreateCounter<long>(
        "nnpfs_origin_bytes_total", description: "Bytes of content read from origins.");

    public static readonly Histogram<double> OriginSeconds = Meter.CreateHistogram<double>(
        "nnpfs_origin_seconds", description: "Time of a request to an origin, in seconds. Label: operation.");

    public static readonly UpDownCounter<long> OriginInFlight = Meter.CreateUpDownCounter<long>(
        "nnpfs_origin_requests_in_flight", description: "Requests to origins that are not answered yet.");

    public static readonly Counter<long> Invalidations = Meter.CreateCounter<long>(
        "nnpfs_invalidations_total", description: "Invalidations, by the admin and by origins.");

    public static readonly Counter<long> InvalidatedNodes = Meter.CreateCounter<long>(
        "nnpfs_invalidated_nodes_total", description: "Nodes whose tokens were taken back.");

    public static KeyValuePair<string, object?> Volume(string name) => new("volume", name);
}
