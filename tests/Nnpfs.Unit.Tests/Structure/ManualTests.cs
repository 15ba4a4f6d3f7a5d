using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using Nnpfs.Cli.Commands;
using Nnpfs.Driver.Commands;
using Nnpfs.Driver.Handlers;
using Nnpfs.Driver.Mounting;
using Nnpfs.TestKit;
using Nnpfs.Uloop.Commands;

namespace Nnpfs.Unit.Tests.Structure;

/// <summary>The manual pages, the help and the code name the same commands, options and attributes.</summary>
public sealed partial class ManualTests
{
    private static readonly RootCommand Nnpfs = NnpfsCommand.Build(VolumeOpening.OpenAsync);

    [Fact]
    public void Nnpfs_8_has_every_command_and_option_of_nnpfs() => Describes("nnpfs.8", Nnpfs);

    [Fact]
    public void Nnpfsctl_1_has_every_command_and_option_of_nnpfsctl() => Describes("nnpfsctl.1", new CommandLine().Root);

    [Theory]
    [InlineData("uloop")]
    [InlineData("ulohttp")]
    [InlineData("ulobdev")]
    public void Uloop_8_has_every_command_and_option_of_its_programs(string program) => Describes("uloop.8", UloopCommand.Build(program));

    [Fact]
    public void Arlad_8_has_every_option_that_arlad_shows()
    {
        (int status, string help) = ChildProgram.Run("arlad", "--help");
        string manual = Manual("arlad.8");

        Assert.Equal(0, status);
        Assert.Contains("--check-config", help, StringComparison.Ordinal);
        Assert.DoesNotContain(LongOption().Matches(help).Select(match => match.Value), option => !HasWord(manual, option));
    }

    [Fact]
    public void Help_and_manual_show_every_mount_option_with_its_values_and_no_other()
    {
        string help = Nnpfs.Subcommands.Single(command => command.Name == "mount").Description!;
        string section = File.ReadAllText(Page("nnpfs.8")).Split(".SS Mount options")[1].Split("\n.PP")[0];
        string[] shown = [.. OptionHead().Matches(section).SelectMany(head => OptionWord().Matches(head.Groups[1].Value)).Select(word => word.Value.Trim())];

        Assert.NotEmpty(shown);
        Assert.DoesNotContain(OptionParser.Known, option => !help.Contains($"\n  {option} ", StringComparison.Ordinal));
        Assert.Equal(OptionParser.Known.SelectMany(Spelled).Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nnpfs_8_has_every_extended_attribute_and_no_other()
    {
        string[] attributes = [.. XattrNames.OfEveryNode, XattrNames.Mode, XattrNames.LastError, XattrNames.Stats, XattrNames.Booster, XattrNames.Boosters];

        Assert.Equal(attributes.Order(StringComparer.Ordinal), Attribute().Matches(Manual("nnpfs.8")).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal));
    }

    private static void Describes(string page, Command root)
    {
        string manual = Manual(page);
        foreach (Command command in All(root))
        {
            Assert.True(command == root || HasWord(manual, command.Name), $"{page}: {command.Name}");
            foreach (Option option in command.Options.Where(option => option is not HelpOption and not VersionOption))
                Assert.All([option.Name, .. option.Aliases], name => Assert.True(HasWord(manual, name), $"{page}: {command.Name} {name}"));
        }
    }

    private static IEnumerable<Command> All(Command command) => [command, .. command.Subcommands.SelectMany(All)];

    /// <summary>"open=send|elide" is open=send and open=elide; "jail=DIR" is jail=.</summary>
    private static IEnumerable<string> Spelled(string option)
    {
        string[] sides = option.Split('=');
        if (sides.Length == 1)
            return [option];
        return char.IsUpper(sides[1][0]) ? [sides[0] + "="] : sides[1].Split('|').Select(value => $"{sides[0]}={value}");
    }

    private static bool HasWord(string text, string word) => Regex.IsMatch(text, $@"(?<![\w-]){Regex.Escape(word)}(?![\w-])");

    /// <summary>A page without its escapes.</summary>
    private static string Manual(string page) =>
        Font().Replace(File.ReadAllText(Page(page)), "").Replace("\\-", "-", StringComparison.Ordinal);

    private static string Page(string page) => Checkout.At($"docs/man/{page}");

    [GeneratedRegex(@"\\f[A-Z]")]
    private static partial Regex Font();

    [GeneratedRegex("(?<= )--[a-z-]+")]
    private static partial Regex LongOption();

    [GeneratedRegex(@"^\.TP\n\.[BIR]+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex OptionHead();

    [GeneratedRegex("(?<![A-Za-z])[a-z_]+(=[a-z]*)?")]
    private static partial Regex OptionWord();

    [GeneratedRegex(@"user\.nnpfs\.[a-z-]+")]
    private static partial Regex Attribute();
}
