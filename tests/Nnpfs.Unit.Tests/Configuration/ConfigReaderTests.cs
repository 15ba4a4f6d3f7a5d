using Nnpfs.Daemon.Configuration;

namespace Nnpfs.Unit.Tests.Configuration;

public sealed class ConfigReaderTests
{
    private const string Least = "[volume doc]\norigin = /usr/share/doc\n";

    [Fact]
    public void The_least_file_gives_every_default()
    {
        ArladOptions options = Good(Least);
        VolumeOptions volume = Assert.Single(options.Volumes);

        Assert.Equal("/usr/share/doc", volume.Origin);
        Assert.Equal(TimeSpan.FromSeconds(60), volume.Refresh);
        Assert.Equal(4 << 20, volume.BlockSize);
        Assert.Equal(10L << 30, options.LimitBytes);
        Assert.Equal(-1, options.Uid);
        Assert.True(options.Mounters.Allows(0, []));
        Assert.False(options.Mounters.Allows(1000, [1000]));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("512K", 512L << 10)]
    [InlineData("3m", 3L << 20)]
    [InlineData("10G", 10L << 30)]
    [InlineData("1T", 1L << 40)]
    public void Sizes_have_binary_suffixes(string text, long bytes) =>
        Assert.Equal(bytes, Good(Least + $"rate = {text}\n").Volumes[0].Rate);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("250ms", 250)]
    [InlineData("1.5s", 1500)]
    [InlineData("5m", 300_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("7d", 604_800_000)]
    public void Times_have_units(string text, int milliseconds) =>
        Assert.Equal(milliseconds, Good(Least + $"refresh = {text}\n").Volumes[0].Refresh.TotalMilliseconds);

    [Theory]
    [InlineData("refresh = 5", "c:3: \"refresh\" must be a time")]
    [InlineData("refresh = -5s", "c:3: \"refresh\" must be a time")]
    [InlineData("rate = 1Q", "c:3: \"rate\" must be a size")]
    [InlineData("rate = 9999999999T", "c:3: \"rate\" must be a size")]
    [InlineData("block-size = 300K", "c:3: \"block-size\" must be a power of two")]
    [InlineData("refesh = 5s", "c:3: unknown key \"refesh\"; did you mean \"refresh\"?")]
    [InlineData("zzzzzzzzzzzz = 5s", "c:3: unknown key \"zzzzzzzzzzzz\"")]
    [InlineData("origin = /a", "c:3: \"origin\" a second time")]
    [InlineData("nonsense", "c:3: \"nonsense\" is neither")]
    [InlineData("[arlat]", "c:3: unknown section \"arlat\"; did you mean \"arlad\"?")]
    [InlineData("[volume doc]", "c:3: a second volume \"doc\"")]
    [InlineData("[volume ../x]\norigin=/x", "c:3: a volume needs a name")]
    [InlineData("[volume other]", "c:3: volume \"other\" has no \"origin\"")]
    [InlineData("[volume other]\norigin = ftp://x", "c:4: \"origin\" must be an absolute path or an http")]
    [InlineData("[arlad]\nlimit-bytes = 1K", "c:4: \"limit-bytes\" must be a size of at least 64M")]
    [InlineData("[arlad]\nchannel-mode = 0899", "c:4: \"channel-mode\" must be permissions in octal")]
    [InlineData("[arlad]\nallow-users = root", "c:4: \"allow-users\" must be numeric ids")]
    [InlineData("[arlad]\nlow-water = 99%", "\"low-water\" must be below \"high-water\"")]
    public void What_is_wrong_is_named_with_its_line(string line, string message)
    {
        List<ConfigProblem> problems = [];
        ConfigReader.Parse("c", Least + line + "\n", problems);

        Assert.Contains(message, string.Join('\n', problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_of_a_file_is_told_at_once()
    {
        List<ConfigProblem> problems = [];
        ConfigReader.Parse("c", "[arlad]\ncaché = /x\nlog-level = loud\n[volume v]\n", problems);

        Assert.Equal([2, 3, 4], problems.Select(problem => problem.Line));
    }

    [Fact]
    public void An_option_of_another_type_of_origin_is_unknown()
    {
        List<ConfigProblem> problems = [];
        ConfigReader.Parse("c", Least + "bearer-file = /x\n", problems);
        ArladOptions http = Good("[volume web]\norigin = http://localhost/\nbearer-file = /x\n");

        Assert.Single(problems);
        Assert.Equal("/x", http.Volumes[0].OriginOptions["bearer-file"]);
    }

    [Fact]
    public void Every_default_in_the_tables_is_a_value_that_could_be_written()
    {
        var volume = new VolumeOptions { Name = "v" };
        Assert.All(ArladKeys.All, key => Assert.True(key.TrySet(new ArladOptions(), key.Default), key.Name));
        Assert.All(VolumeKeys.All, key => Assert.True(key.TrySet(volume, key.Default), key.Name));
    }

    [Fact]
    public void A_group_a_supplementary_group_or_everybody_may_be_let_in()
    {
        ArladOptions options = Good("[arlad]\nallow-users = 7\nallow-groups = 50, 60\n[volume v]\norigin = /x\nallow-users = *\n");

        Assert.True(options.Mounters.Allows(7, []));
        Assert.True(options.Mounters.Allows(8, [1, 60]));
        Assert.False(options.Mounters.Allows(8, [1, 61]));
        Assert.True(options.Volumes[0].Mounters!.Allows(12345, []));
    }

    private static ArladOptions Good(string text)
    {
        List<ConfigProblem> problems = [];
        ArladOptions options = ConfigReader.Parse("c", text, problems);
        Assert.Empty(problems);
        return options;
    }
}
