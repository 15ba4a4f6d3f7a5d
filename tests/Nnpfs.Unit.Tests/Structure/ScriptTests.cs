using System.Text.RegularExpressions;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Structure;

/// <summary>Scripts, units, manual pages and the tables in documents that have a twin in code.</summary>
public sealed partial class ScriptTests
{
    private static readonly string[] Scripts =
    [
        "up", "down", "status", "build", "install", "enter", "as-process", "mount.nnpfs", "lib.sh", "lib-jail.sh", "lib-enter.sh",
    ];

    [ProgramFact("shellcheck")]
    public void Shellcheck_finds_nothing_in_the_scripts()
    {
        string[] paths = [.. Scripts.Select(name => $"chroot-setup/{name}"), "tests/run", ".ci/run", "booster/build", "booster/nnpfs-boost"];
        (int status, string output) = ChildProgram.Run("shellcheck", ["-x", "-P", Checkout.At("chroot-setup"), .. paths.Select(Checkout.At)]);
        Assert.True(status == 0, output);
    }

    [Theory]
    [InlineData("chroot-setup/up")]
    [InlineData("chroot-setup/down")]
    [InlineData("chroot-setup/status")]
    [InlineData("chroot-setup/build")]
    [InlineData("tests/run")]
    [InlineData("booster/build")]
    [InlineData("booster/nnpfs-boost")]
    public void A_script_explains_itself(string script)
    {
        (int status, string output) = ChildProgram.Run(Checkout.At(script), "--help");
        Assert.Equal(0, status);
        Assert.StartsWith("usage: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("status")]
    public void An_unknown_option_is_misuse_and_names_the_help(string script)
    {
        (int status, string output) = ChildProgram.Run(Checkout.At($"chroot-setup/{script}"), "--no-such-option");
        Assert.Equal(2, status);
        Assert.Contains("--help", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_file_of_the_jail_stands_in_the_readme_with_its_reason()
    {
        string readme = Checkout.Read("chroot-setup/README.md");
        string[][] rows = [.. Checkout.Read("chroot-setup/jail.table").Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('|').Select(cell => cell.Trim()).ToArray())];
        Assert.NotEmpty(rows);
        Assert.DoesNotContain(rows, row => !readme.Contains($"| `{row[1]}` | {row[3]} |", StringComparison.Ordinal));
        Assert.Equal(rows.Length, TableRow().Count(readme));
    }

    [ProgramFact("man groff")]
    public void Manual_pages_render_without_a_warning()
    {
        string[] pages = Directory.Exists(Checkout.At("docs/man")) ? Directory.GetFiles(Checkout.At("docs/man")) : [];
        foreach (string page in pages)
        {
            (_, string output) = ChildProgram.Run("groff", "-man", "-ww", "-z", "-Tutf8", "-Kutf8", page);
            Assert.True(output.Length == 0, output);
        }
    }

    [Fact]
    public void The_readme_is_short() => Assert.InRange(Checkout.Read("README.md").Split('\n').Length, 1, 151);

    [GeneratedRegex(@"^\| `/(?!var/)", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
