using System.Globalization;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Cli.Output;

/// <summary>What happened between two looks, by the second.</summary>
/// <param name="Calls">of mounts, a second</param>
/// <param name="Hits">the share of calls for data that the cache answered; "-" where there were none</param>
/// <param name="CacheBytes">served from the cache, a second</param>
/// <param name="OriginBytes">read from origins, a second</param>
/// <param name="Errors">of origins, altogether</param>
internal sealed record Rates(double Calls, string Hits, double CacheBytes, double OriginBytes, ulong Errors)
{
    /// <remarks>A counter that went back means that arlad was started anew: it counts from zero then.</remarks>
    public static Rates Between(StatsReply before, StatsReply now)
    {
        StatsReply from = now.UptimeMs < before.UptimeMs ? new() : before;
        double seconds = Math.Max(now.UptimeMs - from.UptimeMs, 1) / 1000.0;
        return new(
            (now.Calls - from.Calls) / seconds,
            HitShare(now.Hits - from.Hits, now.Misses - from.Misses),
            (now.CacheBytesServed - from.CacheBytesServed) / seconds,
            (now.OriginBytes - from.OriginBytes) / seconds,
            now.OriginErrors - from.OriginErrors);
    }

    public static string HitShare(ulong hits, ulong misses) => hits + misses == 0
        ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{100.0 * hits / (hits + misses):0.#} %");
}
