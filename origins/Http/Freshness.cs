using System.Net.Http.Headers;

namespace Nnpfs.Origins.Http;

/// <summary>How long an answer may be relied on, as a private cache reads it.</summary>
/// <remarks>SOURCE: RFC 9111, sections 4.2 and 5; RFC 8246 for immutable. s-maxage is for shared caches, so it is ignored.</remarks>
internal static class Freshness
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <returns>null where the server does not say</returns>
    public static TimeSpan? Of(HttpResponseMessage response)
    {
        CacheControlHeaderValue? control = response.Headers.CacheControl;
        if (control is { NoCache: true } or { NoStore: true })
            return TimeSpan.Zero;
        if (control?.Extensions.Any(word => word.Name.Equals("immutable", StringComparison.OrdinalIgnoreCase)) == true)
            return Longest;
        TimeSpan? lifetime = control?.MaxAge ?? UntilExpiry(response);
        return lifetime is { } time ? Clamp(time - (response.Headers.Age ?? TimeSpan.Zero)) : null;
    }

    private static TimeSpan? UntilExpiry(HttpResponseMessage response)
    {
        if (!response.Content.Headers.NonValidated.Contains("Expires"))
            return null;
        // What is not a date ("0", "-1") has expired: RFC 9111, section 5.3.
        return response.Content.Headers.Expires is { } expires && response.Headers.Date is { } date ? expires - date : TimeSpan.Zero;
    }

    private static TimeSpan Clamp(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time > Longest ? Longest : time;
}
