using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Posix;

/// <summary>The kernel's lists of processors.</summary>
public sealed class CpusTests
{
    [Theory]
    [InlineData("0\n", new[] { 0 })]
    [InlineData("0-3\n", new[] { 0, 1, 2, 3 })]
    [InlineData("0-1,4,6-7\n", new[] { 0, 1, 4, 6, 7 })]
    [InlineData("\n", new int[0])]
    public void A_list_is_numbers_and_ranges(string list, int[] numbers) => Assert.Equal(numbers, Cpus.Parse(list));

    [Fact]
    public void What_runs_is_possible()
    {
        Assert.NotEmpty(Cpus.Online);
        Assert.InRange(Cpus.Online.Max(), 0, Cpus.Possible - 1);
    }
}
