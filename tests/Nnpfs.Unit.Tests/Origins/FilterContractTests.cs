using Nnpfs.Origins;
using Nnpfs.Origins.Filters;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Unit.Tests.Origins;

/// <summary>Every filter that does no harm, one around the other, is an origin as any other.</summary>
public sealed class FilterContractTests : ScriptedOriginTests
{
    protected override async Task<IOrigin> MakeAsync()
    {
        var settings = new FilterSettings { Retry = 3, RetryDelay = TimeSpan.Zero, Rate = 1L << 40, Delay = TimeSpan.FromTicks(1) };
        return FilterTable.Wrap(await base.MakeAsync(), settings, TimeProvider.System);
    }
}
