using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Posix;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Daemon.Admin.Server;

/// <summary>Every HTTP request of the admin socket and of the metrics port: who asks is checked first, then it is metrics or gRPC.</summary>
internal sealed class AdminApplication(AdminOptions options, GrpcDispatcher grpc, MetricCollector metrics, ILogger log)
    : IHttpApplication<HttpContext>
{
    private const string MetricsType = "text/plain; version=0.0.4; charset=utf-8";

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
    }

    public Task ProcessRequestAsync(HttpContext context)
    {
        bool isGrpc = HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpMethods.IsGet(context.Request.Method);
        var socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        if (socket?.LocalEndPoint is System.Net.IPEndPoint)
            return isGrpc ? NotFoundAsync(context) : GetAsync(context); // the metrics port: nothing else is there
        PeerCredentials? peer = context.Features.Get<PeerCredentials>();
        if (peer is null || !options.Admits(peer))
            return RefuseAsync(context, peer, isGrpc);
        return isGrpc ? grpc.HandleAsync(context) : GetAsync(context);
    }

    private Task RefuseAsync(HttpContext context, PeerCredentials? peer, bool isGrpc)
    {
        log.AdminRefused(peer?.Uid ?? uint.MaxValue);
        string message = $"user {peer?.Uid} may not administer arlad: use sudo, or let this user or a group of it in with admin-users or"
            + " admin-groups in arlad's configuration";
        if (isGrpc)
        {
            GrpcDispatcher.Refuse(context, new(GrpcCode.PermissionDenied, message, Errno.EPERM));
            return Task.CompletedTask;
        }
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync(message + "\n", context.RequestAborted);
    }

    private Task GetAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) || context.Request.Path != "/metrics")
            return NotFoundAsync(context);
        context.Response.ContentType = MetricsType;
        return context.Response.WriteAsync(PrometheusText.Of(metrics.Collect()), context.RequestAborted);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("GET /metrics is all that is here; the rest is gRPC on the admin socket\n", context.RequestAborted);
    }
}
