using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins.Http.Reading;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>Sends single requests over pooled connections. Knows credentials and limits in time, follows no redirect.</summary>
internal sealed class HttpTransport : IDisposable
{
    private readonly HttpOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly HttpMessageInvoker _own, _others; // connections to whom our secrets may be shown, and to everybody else
    private readonly HttpTroubles _troubles;

    public HttpTransport(HttpOptions options, ILogger log, TimeProvider time)
    {
        _options = options;
        _time = time;
        _log = log;
        _troubles = new HttpTroubles(log, options.Root.Name);
        _own = new HttpMessageInvoker(MakeHandler(options, options.Trust.Own));
        _others = new HttpMessageInvoker(MakeHandler(options, options.Trust.Others));
        Pause = new HttpPause(time);
    }

    public HttpPause Pause { get; }

    /// <returns>the response, its body unread; or the errno of a failed exchange. Any status is a success here.</returns>
    public async ValueTask<Result<HttpAnswer>> SendAsync(HttpAsk ask, Uri target, CancellationToken cancel)
    {
        bool isOwn = _options.Root.Trusts(target);
        using HttpRequestMessage message = ask.ToMessage(target, isOwn ? _options.Credentials.Current(_log) : null);
        var idle = new IdleLimit(_options.Timeout, _time, cancel);
        try
        {
            idle.Start();
            HttpResponseMessage response = await (isOwn ? _own : _others).SendAsync(message, idle.Token);
            idle.Stop();
            Pause.Note(response);
            _troubles.Note(target, response.StatusCode);
            return new HttpAnswer(response, target, idle, IsDirectory: false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            idle.Dispose();
            return Failed(target, e, cancel);
        }
    }

    /// <summary>What an exception of a body's stream is to the application, logged where the user will notice.</summary>
    /// <remarks>A cancelled caller is no trouble of the server's.</remarks>
    public Errno Failed(Uri target, Exception failure, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return Errno.ECANCELED;
        Errno errno = HttpErrno.Of(failure);
        _troubles.Note(target, failure, errno);
        return errno;
    }

    public void Dispose()
    {
        _own.Dispose();
        _others.Dispose();
    }

    private static SocketsHttpHandler MakeHandler(HttpOptions options, SslClientAuthenticationOptions tls) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = options.Proxy is not null,
        Proxy = options.Proxy is { } proxy ? new WebProxy(proxy) : null,
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = options.Connections,
        EnableMultipleHttp2Connections = true,
        InitialHttp2StreamWindowSize = 1 << 20,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a changed DNS record is noticed
        MaxResponseHeadersLength = 64, // KiB
        MaxResponseDrainSize = 256 << 10,
        ActivityHeadersPropagator = null,
        SslOptions = tls,
    };
}
