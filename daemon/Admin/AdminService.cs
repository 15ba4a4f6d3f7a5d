using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Admin.Handlers;
using Nnpfs.Daemon.Admin.Server;
using Nnpfs.Daemon.Logging;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin;

/// <summary>The admin service, whole: its table of methods, its metrics, its server.</summary>
internal sealed class AdminService : IAsyncDisposable
{
    private readonly Gauges _gauges;
    private readonly MetricCollector _metrics;
    private readonly AdminServer _server;

    public AdminService(AdminOptions options, AdminParts parts, ILoggerFactory logs, TimeProvider time)
    {
        _gauges = new(parts.Volumes, parts.Cache, StatusHandlers.Version, time);
        _metrics = new(Instruments.Meter, _gauges.Meter);
        _server = new(options, Methods(parts, _metrics, logs, time), _metrics, logs, time);
    }

    /// <inheritdoc cref="AdminServer.MetricsPort"/>
    public int? MetricsPort => _server.MetricsPort;

    public Task StartAsync(CancellationToken cancel) => _server.StartAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _metrics.Dispose();
        _gauges.Dispose();
    }

    private static GrpcMethods Methods(AdminParts parts, MetricCollector metrics, ILoggerFactory logs, TimeProvider time)
    {
        var volumes = new VolumeSet(parts.Volumes);
        var nodes = new NodeHandlers(volumes, time);
        var pins = new PinHandlers(volumes);
        var limits = new LimitsHandlers(parts.Cache);
        var status = new StatusHandlers(volumes, parts.Cache, parts.Log, time);
        var stats = new StatsHandler(status, metrics, parts.Slow, time);
        var log = new LogHandlers(parts.Log, logs.CreateLogger("admin"));
        var prefetch = new PrefetchHandler(volumes, time);
        var recording = new RecordingHandlers(parts.Recorder);
        var report = new BugReportHandler(volumes, parts.Cache, status, metrics, parts.Log, parts.Configuration, time);
        return new GrpcMethods("nnpfs.admin.v1.Admin")
            .Unary<StatusRequest, StatusReply>("Status", StatusRequest.Parser, status.StatusAsync)
            .Unary<VolumesRequest, VolumesReply>("Volumes", VolumesRequest.Parser, status.VolumesAsync)
            .Stream<ListRequest, ListReply>("List", ListRequest.Parser, nodes.ListAsync)
            .Unary<StatRequest, StatReply>("Stat", StatRequest.Parser, nodes.StatAsync)
            .Unary<InvalidateRequest, InvalidateReply>("Invalidate", InvalidateRequest.Parser, nodes.InvalidateAsync)
            .Unary<FlushRequest, FlushReply>("Flush", FlushRequest.Parser, nodes.FlushAsync)
            .Unary<ReclaimRequest, ReclaimReply>("Reclaim", ReclaimRequest.Parser, limits.ReclaimAsync)
            .Stream<PrefetchRequest, Proto.Admin.PrefetchProgress>("Prefetch", PrefetchRequest.Parser, prefetch.PrefetchAsync)
            .Unary<StartRecordingRequest, StartRecordingReply>("StartRecording", StartRecordingRequest.Parser, recording.StartAsync)
            .Stream<StopRecordingRequest, StopRecordingReply>("StopRecording", StopRecordingRequest.Parser, recording.StopAsync)
            .Unary<PinRequest, PinReply>("Pin", PinRequest.Parser, pins.PinAsync)
            .Unary<UnpinRequest, UnpinReply>("Unpin", UnpinRequest.Parser, pins.UnpinAsync)
            .Unary<PinsRequest, PinsReply>("Pins", PinsRequest.Parser, pins.PinsAsync)
            .Unary<GetLimitsRequest, LimitsReply>("GetLimits", GetLimitsRequest.Parser, limits.GetAsync)
            .Unary<SetLimitsRequest, LimitsReply>("SetLimits", SetLimitsRequest.Parser, limits.SetAsync)
            .Unary<WaitersRequest, WaitersReply>("Waiters", WaitersRequest.Parser, status.WaitersAsync)
            .Stream<StatsRequest, StatsReply>("Stats", StatsRequest.Parser, stats.StatsAsync)
            .Unary<SetLogLevelRequest, LogLevelReply>("SetLogLevel", SetLogLevelRequest.Parser, log.SetLevelAsync)
            .Stream<BugReportRequest, BugReportChunk>("BugReport", BugReportRequest.Parser, report.ReportAsync);
    }
}

/// <summary>What the admin service looks at and steers.</summary>
/// <param name="Volumes">all of them, for good</param>
/// <param name="Cache">of all volumes</param>
/// <param name="Log">level and last lines</param>
/// <param name="Slow">filled by <see cref="MeteredOrigin"/></param>
/// <param name="Recorder">that the volumes tell of what they fetch</param>
/// <param name="Configuration">the configuration file's text, for the bug report, which takes secrets out</param>
internal sealed record AdminParts(
    IReadOnlyList<IVolumeAdmin> Volumes, ICacheAdmin Cache, LogControl Log, SlowFetches Slow, FetchRecorder Recorder, string Configuration);
