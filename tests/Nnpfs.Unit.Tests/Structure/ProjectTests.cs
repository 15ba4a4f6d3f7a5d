using System.Text.RegularExpressions;
using System.Xml.Linq;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Structure;

/// <summary>Who may see whom, and where unsafe code may stand: as ARCHITECTURE.md says.</summary>
public sealed partial class ProjectTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["posix"] = [],
        ["proto"] = ["posix"],
        ["fuse"] = ["posix"],
        ["origins"] = ["posix"],
        ["driver"] = ["posix", "proto", "fuse"],
        ["daemon"] = ["posix", "proto", "origins"],
        ["uloop"] = ["posix", "fuse", "origins"],
        ["cli"] = ["posix", "proto"],
    };

    [Fact]
    public void A_project_sees_only_those_that_the_architecture_lets_it_see()
    {
        foreach ((string folder, string[] allowed) in Allowed)
        {
            string project = Directory.EnumerateFiles(Checkout.At(folder), "*.csproj").Single();
            IEnumerable<string> seen = XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
                .Select(path => Path.GetFileName(Path.GetDirectoryName(path)!));
            Assert.Empty(seen.Except(allowed).Select(other => $"{folder} sees {other}"));
        }
    }

    [Fact]
    public void Only_posix_may_hold_unsafe_code()
    {
        Assert.Equal(
            ["posix/Nnpfs.Posix.csproj"],
            Checkout.Sources("*.csproj").Where(path => Checkout.Read(path).Contains("AllowUnsafeBlocks", StringComparison.Ordinal)));
        Assert.DoesNotContain("AllowUnsafeBlocks", Checkout.Read("Directory.Build.props"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_folder_of_the_kernels_ABI_sees_only_posix() =>
        Assert.DoesNotContain(
            Checkout.Sources("*.cs")
                .Where(path => path.StartsWith("fuse/Kernel/", StringComparison.Ordinal))
                .SelectMany(path => Using().Matches(Checkout.Read(path)).Select(match => (path, name: match.Groups[1].Value))),
            use => use.name != "Posix" && use.name != "Fuse.Kernel");

    [Fact]
    public void A_namespace_is_its_folder()
    {
        foreach (string project in Allowed.Keys)
        {
            string root = Path.GetFileNameWithoutExtension(Directory.EnumerateFiles(Checkout.At(project), "*.csproj").Single());
            foreach (string path in Checkout.Sources("*.cs").Where(path => path.StartsWith($"{project}/", StringComparison.Ordinal)))
            {
                string expected = root + Path.GetDirectoryName(path)![project.Length..].Replace('/', '.');
                Assert.All(Namespace().Matches(Checkout.Read(path)), found => Assert.True(found.Groups[1].Value == expected, path));
            }
        }
    }

    [Fact]
    public void Every_package_has_its_reason()
    {
        string reasons = Checkout.Read("docs/dependencies.md");
        IEnumerable<string> packages = XDocument.Load(Checkout.At("Directory.Packages.props"))
            .Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value);
        string row = Packages().Match(Checkout.Read("tests/run")).Groups[1].Value;
        Assert.NotEmpty(row);
        Assert.DoesNotContain(
            packages.Concat(row.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
            name => !reasons.Contains($"| {name} |", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^using (?:static )?Nnpfs\.([A-Za-z.]+);", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex(@"^namespace ([A-Za-z.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"packages=\(([^)]*)\)")]
    private static partial Regex Packages();
}
