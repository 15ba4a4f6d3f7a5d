using Nnpfs.Origins;
using Nnpfs.Origins.Filters;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Origins;

/// <summary>Every filter that does no harm, one around the other, is an origin as any other.</summary>
public sealed class FilterContractTests : ScriptedOriginTests
{
    protected override async Task<IOrigin> MakeAsync()
    {
        var settings = new FilterSettings
        {
            Retry = new RetryRule { Tries = 3, Pause = TimeSpan.Zero, Limit = TimeSpan.FromMinutes(1) },
            Rate = 1L << 40,
            RateRequests = 1_000_000,
            Deadline = TimeSpan.FromMinutes(1),
            Delay = TimeSpan.FromTicks(1),
            Fault = new FaultRule { Every = 1, Path = "no such path" },
        };
        return FilterTable.Wrap(await base.MakeAsync(), settings, TimeProvider.System);
    }
}
