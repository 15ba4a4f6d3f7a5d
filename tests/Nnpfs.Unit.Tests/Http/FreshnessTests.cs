using System.Net;
using Nnpfs.Origins.Http;

namespace Nnpfs.Unit.Tests.Http;

public sealed class FreshnessTests
{
    [Theory]
    [InlineData("", null)]
    [InlineData("Cache-Control: public", null)]
    [InlineData("Cache-Control: max-age=100", 100)]
    [InlineData("Cache-Control: s-maxage=5, max-age=100", 100)]
    [InlineData("Cache-Control: s-maxage=5", null)]
    [InlineData("Cache-Control: max-age=100|Age: 30", 70)]
    [InlineData("Cache-Control: max-age=100|Age: 300", 0)]
    [InlineData("Cache-Control: no-cache, max-age=100", 0)]
    [InlineData("Cache-Control: no-store", 0)]
    [InlineData("Cache-Control: max-age=10, immutable", 31_536_000)]
    [InlineData("Cache-Control: max-age=99999999999", null)] // not a number that the grammar's readers take
    [InlineData("Date: Sat, 21 Nov 2026 12:00:00 GMT|Expires: Sat, 21 Nov 2026 12:01:00 GMT", 60)]
    [InlineData("Date: Sat, 21 Nov 2026 12:00:00 GMT|Expires: Sat, 21 Nov 2026 11:00:00 GMT", 0)]
    [InlineData("Expires: 0", 0)]
    [InlineData("Cache-Control: max-age=5|Expires: 0", 5)]
    public void A_response_says_how_long_it_is_good_for(string headers, int? seconds)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent([]) };
        foreach (string[] field in headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ", 2)))
        {
            if (!response.Headers.TryAddWithoutValidation(field[0], field[1]))
                response.Content.Headers.TryAddWithoutValidation(field[0], field[1]);
        }
        Assert.Equal(seconds, Freshness.Of(response)?.TotalSeconds);
    }
}
