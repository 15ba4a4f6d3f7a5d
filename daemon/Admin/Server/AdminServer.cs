using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Metrics;

namespace Nnpfs.Daemon.Admin.Server;

/// <summary>Kestrel on the admin socket, and on the metrics port. Composed by hand: no host, no container, nothing found by reflection.</summary>
internal sealed class AdminServer : IAsyncDisposable
{
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stopping = new();
    private readonly KestrelServer _kestrel;
    private readonly AdminApplication _application;
    private readonly AdminOptions _options;
    private readonly ILogger _log;

    public AdminServer(AdminOptions options, GrpcMethods methods, MetricCollector metrics, ILoggerFactory logs, TimeProvider time)
    {
        (_options, _log) = (options, logs.CreateLogger("admin"));
        _application = new(options, new(methods, _log, time, _stopping.Token), metrics, _log);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), logs);
        _kestrel = new(Options.Create(Configure(options)), transport, logs);
    }

    /// <summary>The port that the metrics are on; null without one.</summary>
    public int? MetricsPort => _options.MetricsPort is null ? null : _kestrel.Features.Get<IServerAddressesFeature>()?.Addresses
        .Select(address => BindingAddress.Parse(address)).Where(address => !address.IsUnixPipe).Select(address => address.Port).First();

    /// <summary>Listens. The socket's name is taken from whoever left it: that no other arlad runs is ensured before.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        File.Delete(_options.Socket);
        await _kestrel.StartAsync(_application, cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_options.Socket, _options.SocketMode);
        _log.AdminReady(_options.Socket);
        if (MetricsPort is { } port)
            _log.MetricsReady(port);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        using var grace = new CancellationTokenSource(_grace);
        await _kestrel.StopAsync(grace.Token);
        _kestrel.Dispose();
        _stopping.Dispose();
    }

    private static KestrelServerOptions Configure(AdminOptions options)
    {
        var kestrel = new KestrelServerOptions
        {
            AddServerHeader = false,
            AllowAlternateSchemes = true, // see PrefaceProtocol: Kestrel thinks https, the client says http
            Limits =
            {
                MaxConcurrentConnections = 64,
                MaxRequestBodySize = GrpcDispatcher.MaxRequest + 1024,
                Http2 = { MaxStreamsPerConnection = 32 },
            },
        };
        kestrel.ListenUnixSocket(options.Socket, listen => Shape(listen).Use(Identify));
        if (options.MetricsPort is { } port)
            kestrel.Listen(IPAddress.Loopback, port, listen => Shape(listen));
        return kestrel;
    }

    private static ListenOptions Shape(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(PrefaceProtocol.Use);
        return listen;
    }

    private static ConnectionDelegate Identify(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } && SocketPeer.Of(socket) is { } peer)
            connection.Features.Set(peer);
        return next(connection);
    };
}
