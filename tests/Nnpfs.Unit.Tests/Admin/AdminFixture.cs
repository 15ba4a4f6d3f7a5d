using Microsoft.Extensions.Logging.Abstractions;
using Nnpfs.Daemon.Admin;
using Nnpfs.Daemon.Admin.Server;
using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Daemon.Logging;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Daemon.Volumes;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>The admin service over a real Kestrel on a socket of its own, above two volumes in memory.</summary>
internal sealed class AdminFixture : IAsyncDisposable
{
    private readonly Scratch _scratch = new();
    private readonly AdminService _service;
    private bool _isStopped;

    private AdminFixture(PeerRule admins, int? metricsPort)
    {
        // mkdtemp makes it private, and the tests of peers come as other users.
        File.SetUnixFileMode(_scratch.Root, (UnixFileMode)0x1ED);
        var options = new AdminOptions { Socket = Socket, Admins = admins, MetricsPort = metricsPort };
        var parts = new AdminParts([Docs, Source], Cache, Log, Slow, Recorder, "[volume docs]\norigin = https://me:hunter2@example.org/d?sig=abc\n");
        _service = new(options, parts, NullLoggerFactory.Instance, TimeProvider.System);
    }

    public string Socket => _scratch.Path("admin.sock");

    public FakeVolume Docs { get; } = new FakeVolume("docs").Add("a/one.txt"u8, 1000).Add("a/two.txt"u8, 3_000_000).Add("b.bin"u8, 50);

    public FakeVolume Source { get; } = new FakeVolume("source").Add([.. "odd"u8, 0xFF, (byte)'\n'], 1);

    public FakeCache Cache { get; } = new();

    public LogControl Log { get; } = new();

    public SlowFetches Slow { get; } = new(TimeProvider.System);

    public FetchRecorder Recorder { get; } = new();

    public int? MetricsPort => _service.MetricsPort;

    public static async Task<AdminFixture> StartAsync(PeerRule? admins = null, int? metricsPort = null)
    {
        var fixture = new AdminFixture(admins ?? new(), metricsPort);
        await fixture._service.StartAsync(CancellationToken.None);
        return fixture;
    }

    public string ScratchPath(string name) => _scratch.Path(name);

    public ValueTask StopAsync()
    {
        bool wasStopped = _isStopped;
        _isStopped = true;
        return wasStopped ? ValueTask.CompletedTask : _service.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _scratch.Dispose();
    }
}

/// <summary>A cache that holds numbers alone.</summary>
internal sealed class FakeCache : ICacheAdmin
{
    public CacheLimits Limits { get; set; } = new(Bytes: 1 << 30, Nodes: 1000);

    public CacheStats Stats => new() { Limits = Limits, Bytes = 300 << 20, Nodes = 12, PinnedBytes = 1 << 20 };

    public Task<long> ReclaimAsync(long bytes) => Task.FromResult(Math.Min(bytes, 300L << 20));
}
