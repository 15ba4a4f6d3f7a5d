using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Nnpfs.Origins.Http;

/// <summary>What an HTTP status or a failed exchange is to an application. docs/errors-http.md has the same table, for people.</summary>
/// <remarks>SOURCE: RFC 9110, section 15; RFC 6585 for 429.</remarks>
internal static class HttpErrno
{
    public static Errno Of(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.ProxyAuthenticationRequired
            or HttpStatusCode.UnavailableForLegalReasons => Errno.EACCES,
        HttpStatusCode.NotFound or HttpStatusCode.Gone => Errno.ENOENT,
        HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => Errno.ETIMEDOUT,
        HttpStatusCode.PreconditionFailed => Errno.ESTALE,
        HttpStatusCode.RequestUriTooLong => Errno.ENAMETOOLONG,
        HttpStatusCode.LoopDetected => Errno.ELOOP,
        // EBUSY, not EAGAIN: programs take EAGAIN on a blocking descriptor for a bug of their own.
        HttpStatusCode.TooManyRequests => Errno.EBUSY,
        _ => Errno.EIO,
    };

    public static Errno Of(Exception failure) => failure switch
    {
        HttpRequestException http => Of(http),
        OperationCanceledException or TimeoutException => Errno.ETIMEDOUT,
        AuthenticationException => Errno.EPROTO,
        SocketException socket => Of(socket.SocketErrorCode),
        IOException { InnerException: SocketException socket } => Of(socket.SocketErrorCode),
        _ => Errno.EIO,
    };

    private static Errno Of(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError or HttpRequestError.ProxyTunnelError => Errno.EHOSTUNREACH,
        HttpRequestError.ConnectionError when failure.InnerException is SocketException socket => Of(socket.SocketErrorCode),
        HttpRequestError.ConnectionError => Errno.EHOSTUNREACH,
        // Not EIO: another try does not help against a certificate that is not trusted.
        HttpRequestError.SecureConnectionError when failure.InnerException is AuthenticationException => Errno.EPROTO,
        _ when failure.InnerException is { } inner and not HttpRequestException => Of(inner),
        _ => Errno.EIO,
    };

    private static Errno Of(SocketError error) => error switch
    {
        SocketError.TimedOut => Errno.ETIMEDOUT,
        SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostNotFound
            or SocketError.TryAgain or SocketError.NoData or SocketError.HostDown or SocketError.NetworkDown => Errno.EHOSTUNREACH,
        _ => Errno.EIO,
    };
}
