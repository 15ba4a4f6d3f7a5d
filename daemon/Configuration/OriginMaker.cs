using Microsoft.Extensions.Logging;
using Nnpfs.Daemon.Metrics;
using Nnpfs.Origins;

namespace Nnpfs.Daemon.Configuration;

/// <summary>Makes a volume's origin, with the filters that its configuration asks for around it.</summary>
internal static class OriginMaker
{
    public static OriginMade Make(VolumeOptions options, SlowFetches slow, ILogger log, TimeProvider time)
    {
        OriginMade made = OriginTable.Make(new OriginSource(options.Origin, options.OriginOptions, log, time));
        return made.Origin is { } origin ? OriginMade.Of(MeteredOrigin.Around(origin, options.Name, slow, time)) : made;
    }
}
