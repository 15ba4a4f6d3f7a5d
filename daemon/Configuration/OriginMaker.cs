using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Origins;
using Nnpfs.Origins.Filters;

namespace Nnpfs.Daemon.Configuration;

/// <summary>Makes a volume's origin, with the filters that its configuration asks for around it.</summary>
internal static class OriginMaker
{
    public static OriginMade Make(VolumeOptions options, SlowFetches slow, ILogger log, TimeProvider time)
    {
        OriginMade made = OriginTable.Make(new OriginSource(options.Origin, options.OriginOptions, log, time));
        return made.Origin is { } origin
            ? OriginMade.Of(FilterTable.Wrap(MeteredOrigin.Around(origin, options.Name, slow, time), FiltersOf(options), time))
            : made;
    }

    private static FilterSettings FiltersOf(VolumeOptions options) => new()
    {
        Retry = new RetryRule { Tries = options.Retry, Pause = options.RetryDelay, Limit = options.RetryTime, Seed = options.FilterSeed },
        Rate = options.Rate,
        RateRequests = options.RateRequests,
        Deadline = options.Deadline,
        Delay = options.Delay,
        Fault = new FaultRule
        {
            Share = options.Fault,
            Every = options.FaultEvery,
            Path = options.FaultPath,
            Errno = Enum.Parse<Errno>(options.FaultErrno),
            Seed = options.FilterSeed,
        },
        Cut = options.Short,
        Corrupt = options.Corrupt,
        Seed = options.FilterSeed,
    };
}
