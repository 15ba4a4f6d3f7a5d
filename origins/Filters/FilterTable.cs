namespace Nnpfs.Origins.Filters;

/// <summary>Every filter, from the origin outwards. Adding one is a file, and a row here.</summary>
public static class FilterTable
{
    private static readonly (Func<FilterSettings, bool> IsOn, Func<IOrigin, FilterSettings, TimeProvider, IOrigin> Wrap)[] Rows =
    [
        (s => s.Corrupt > 0, (origin, s, _) => new CorruptFilter(origin, s.Corrupt, s.Seed)),
        (s => s.Cut > 0, (origin, s, _) => new ShortFilter(origin, s.Cut, s.Seed)),
        (s => s.Fault.IsOn, (origin, s, _) => new FaultFilter(origin, s.Fault)),
        (s => s.Delay > TimeSpan.Zero, (origin, s, time) => new DelayFilter(origin, s.Delay, time)),
        (s => s.Deadline > TimeSpan.Zero, (origin, s, time) => new DeadlineFilter(origin, s.Deadline, time)),
        (s => s.Rate > 0 || s.RateRequests > 0, (origin, s, time) => new RateFilter(origin, s.Rate, s.RateRequests, time)),
        (s => s.Retry.Tries > 1, (origin, s, time) => new RetryFilter(origin, s.Retry, time)),
    ];

    /// <summary>Puts the filters that are switched on around an origin. Disposing of what comes back disposes of the origin.</summary>
    public static IOrigin Wrap(IOrigin origin, FilterSettings settings, TimeProvider time)
    {
        foreach ((Func<FilterSettings, bool> isOn, Func<IOrigin, FilterSettings, TimeProvider, IOrigin> wrap) in Rows)
            origin = isOn(settings) ? wrap(origin, settings, time) : origin;
        return origin;
    }
}
