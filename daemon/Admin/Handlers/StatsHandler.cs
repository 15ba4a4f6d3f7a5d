using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>Stats: what the metrics say, once or again and again.</summary>
internal sealed class StatsHandler(StatusHandlers status, MetricCollector metrics, SlowFetches slow, TimeProvider time)
{
    private const uint MinIntervalMs = 100, MaxIntervalMs = 3_600_000;
    private const int MaxWaiters = 20, MaxSlow = 10;

    public async ValueTask<GrpcStatus> StatsAsync(StatsRequest request, ReplyStream replies, CancellationToken cancel)
    {
        if (request.IntervalMs is not 0 and (< MinIntervalMs or > MaxIntervalMs))
            return GrpcStatus.Invalid($"an interval of {request.IntervalMs} ms: it takes {MinIntervalMs} to {MaxIntervalMs}, or 0 for one reply");
        await replies.SendAsync(Now(), cancel);
        if (request.IntervalMs == 0)
            return GrpcStatus.Ok;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(request.IntervalMs), time);
        while (await timer.WaitForNextTickAsync(cancel))
            await replies.SendAsync(Now(), cancel);
        return GrpcStatus.Ok;
    }

    public StatsReply Now()
    {
        IReadOnlyList<MetricSample> samples = metrics.Collect();
        Dictionary<string, ulong> sums = samples.ToDictionary(
            sample => sample.Name, sample => (ulong)Math.Max(sample.Points.Where(point => point.Suffix.Length == 0).Sum(point => point.Value), 0));
        ulong Sum(string name) => sums.GetValueOrDefault(name);
        DateTimeOffset now = time.GetUtcNow();
        return new()
        {
            UptimeMs = status.UptimeMs,
            Calls = Sum(Instruments.Calls.Name),
            Hits = Sum(Instruments.DataHits.Name),
            Misses = Sum(Instruments.DataMisses.Name),
            CacheBytesServed = Sum(Instruments.CacheServedBytes.Name),
            OriginBytes = Sum(Instruments.OriginBytes.Name),
            OriginRequests = Sum(Instruments.OriginRequests.Name),
            OriginErrors = Sum(Instruments.OriginErrors.Name),
            Fetches = Sum(Instruments.OriginInFlight.Name),
            CacheBytes = Sum("nnpfs_cache_bytes"),
            CacheMaxBytes = Sum("nnpfs_cache_limit_bytes"),
            Nodes = Sum("nnpfs_cache_nodes"),
            Mounts = (uint)Sum("nnpfs_mounts"),
            Waiters = { status.Waiters().Take(MaxWaiters) },
            Slowest = { slow.Slowest(MaxSlow).Select(fetch => Of(fetch, now)) },
            Metrics = { samples.SelectMany(Of) },
        };
    }

    private static IEnumerable<Metric> Of(MetricSample sample) =>
        sample.Points.Select(point => new Metric { Name = sample.Name + point.Suffix, Labels = point.Labels, Value = point.Value });

    private static Proto.Admin.SlowFetch Of(Metrics.SlowFetch fetch, DateTimeOffset now) => new()
    {
        Volume = fetch.Volume,
        Path = Messages.Bytes(fetch.Path),
        Offset = (ulong)fetch.Offset,
        Length = (ulong)fetch.Length,
        ElapsedMs = Messages.Milliseconds(fetch.Elapsed),
        AgoMs = Messages.Milliseconds(now - fetch.End),
        Error = fetch.Errno == 0 ? "" : fetch.Errno.ToString(),
    };
}
