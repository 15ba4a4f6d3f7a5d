using System.Net;
using System.Net.Http.Headers;

namespace Nnpfs.Origins.Http.Asking;

/// <summary>Remembers until when the server asked to be left alone.</summary>
/// <remarks>SOURCE: RFC 9110, section 10.2.3 (Retry-After).</remarks>
internal sealed class HttpPause(TimeProvider time)
{
    // A server must not be able to stop a volume for days with one header.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private long _until; // atomic: UTC ticks

    public TimeSpan Left
    {
        get
        {
            long left = Interlocked.Read(ref _until) - time.GetUtcNow().Ticks;
            return left > 0 ? TimeSpan.FromTicks(left) : TimeSpan.Zero;
        }
    }

    public void Note(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
            return;
        TimeSpan wait = Told(response.Headers.RetryAfter);
        if (wait > TimeSpan.Zero)
            Interlocked.Exchange(ref _until, (time.GetUtcNow() + (wait < Longest ? wait : Longest)).Ticks);
    }

    private TimeSpan Told(RetryConditionHeaderValue? header) =>
        header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : TimeSpan.Zero);
}
