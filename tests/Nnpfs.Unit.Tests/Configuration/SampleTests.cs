using System.Runtime.CompilerServices;
using Nnpfs.Daemon.Configuration;
using Nnpfs.Origins;

namespace Nnpfs.Unit.Tests.Configuration;

/// <summary>The commented sample and the manual have every key of the tables with its default, and the sample no other.</summary>
public sealed class SampleTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Root(), "daemon", "arlad.conf.sample"));

    [Fact]
    public void The_sample_is_a_configuration_without_a_problem()
    {
        List<ConfigProblem> problems = [];
        ConfigReader.Parse("sample", string.Join('\n', Lines), problems);

        Assert.Empty(problems);
    }

    [Fact]
    public void The_sample_shows_every_key_with_its_default() =>
        Assert.Empty(Keys().Select(key => $"#{key.Name} = {key.Default}".TrimEnd()).Except(Lines));

    [Fact]
    public void The_manual_shows_every_key_with_its_default()
    {
        string[] manual = File.ReadAllLines(Path.Combine(Root(), "docs", "man", "arlad.conf.5"));

        Assert.Empty(Keys().Select(key => $".BR {key.Name.Replace("-", "\\-")} \"{$" = {key.Default}".TrimEnd()}\"").Except(manual));
    }

    [Fact]
    public void The_sample_shows_no_key_that_is_not_in_the_tables()
    {
        HashSet<string> known = [.. ArladKeys.All.Select(key => key.Name), .. VolumeKeys.All.Select(key => key.Name), .. OriginTable.Types.SelectMany(type => type.Settings).Select(setting => setting.Key)];
        IEnumerable<string> shown = Lines.Where(line => line.StartsWith('#') && line.Length > 1 && line[1] != ' ' && line.Contains('='))
            .Select(line => line[1..line.IndexOf('=')].Trim());

        Assert.DoesNotContain(shown, key => !known.Contains(key));
    }

    private static IEnumerable<(string Name, string Default)> Keys() => ArladKeys.All.Select(key => (key.Name, key.Default))
        .Concat(VolumeKeys.All.Where(key => key.Name != "origin").Select(key => (key.Name, key.Default)))
        .Concat(OriginTable.Types.SelectMany(type => type.Settings).Select(setting => (setting.Key, setting.Default)));

    private static string Root([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
