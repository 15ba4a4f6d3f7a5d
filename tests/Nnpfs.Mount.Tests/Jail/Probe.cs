using System.Globalization;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Jail;

/// <summary>probe.c, built for one place, and what it reported.</summary>
/// <param name="Place">a directory where it may write, as it names it</param>
/// <param name="Closed">stands in front of the paths that it must not write to</param>
/// <param name="Result">the file that it reports to</param>
/// <param name="Victim">a process of the host</param>
internal sealed record Probe(string Place, string Closed, string Result, int Victim)
{
    /// <param name="output">the file to make</param>
    /// <param name="options">more for the compiler</param>
    public void Build(string output, params string[] options)
    {
        string[] root = ChildProgram.Run("stat", "-c", "%d %i", "/").Output.Split(' ');
        string[] defines =
        [
            $"-DPLACE=\"{Place}\"", $"-DCLOSED=\"{Closed}\"", $"-DRESULT=\"{Result}\"", $"-DVICTIM={Victim}",
            $"-DHOST_DEVICE={root[0]}", $"-DHOST_INODE={root[1]}",
        ];
        (int status, string said) = ChildProgram.Run(
            "gcc", ["-Wall", "-Wextra", "-Werror", "-o", output, .. defines, .. options, Checkout.At("tests/Nnpfs.Mount.Tests/Jail/probe.c")]);
        Assert.True(status == 0, said);
    }

    /// <returns>what each attempt met; 0 = it succeeded</returns>
    public static Dictionary<string, Errno> Read(string result) =>
        File.ReadAllLines(result).Select(line => line.Split(": "))
            .ToDictionary(parts => parts[0], parts => (Errno)int.Parse(parts[1], CultureInfo.InvariantCulture));
}
