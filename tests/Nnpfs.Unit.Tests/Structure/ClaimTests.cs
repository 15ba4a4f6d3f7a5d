using System.Text.RegularExpressions;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Structure;

/// <summary>The claims of docs/semantics.md and the tests that carry them are the same set.</summary>
public sealed partial class ClaimTests
{
    [Fact]
    public void Every_claim_has_a_test_and_every_test_names_a_claim()
    {
        string[] claimed = [.. Claim().Matches(Checkout.Read("docs/semantics.md")).Select(m => m.Groups[1].Value)];
        string[] carried =
        [
            .. Checkout.Sources("*.cs").Where(file => file.StartsWith("tests/", StringComparison.Ordinal))
                .SelectMany(file => Carried().Matches(Checkout.Read(file)).Select(m => m.Groups[1].Value))
                .Distinct(),
        ];

        Assert.NotEmpty(claimed);
        Assert.Equal(claimed.Order(StringComparer.Ordinal), carried.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^\| (S\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Claim();

    [GeneratedRegex(@"\bClaim\(""(S\d+)""\)")]
    private static partial Regex Carried();
}
