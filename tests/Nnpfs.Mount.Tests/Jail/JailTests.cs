using System.Text.RegularExpressions;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Jail;

/// <summary>chroot-setup on this machine: up, what arlad can see and do inside, status, and down.</summary>
/// <remarks>The programs are built before (chroot-setup/build): tests/run does so.</remarks>
[Claim("S24")]
public sealed partial class JailTests
{
    [MountFact]
    public async Task Arlad_in_its_jail_has_nothing_and_sees_nothing_else()
    {
        await using var setup = new Setup();
        File.WriteAllText($"{setup.Origin}/hello", "hello");
        await setup.UpAsync();
        string proc = $"/proc/{setup.Arlad}";

        foreach (string task in Directory.GetDirectories($"{proc}/task"))
            AssertHarmless(File.ReadAllText($"{task}/status"));

        // Its root is the jail, and of the host nothing is mounted beneath it but what the jail's table names.
        Assert.Equal(
            [".old", "bin", "cache", "dev", "etc", "lib", "lib64", "log", "origins", "proc", "run"],
            Directory.GetFileSystemEntries($"{proc}/root/").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries($"{proc}/root/.old"));
        string[] mounts = [.. File.ReadAllLines($"{proc}/mountinfo").Select(line => line.Split(' ')[4]).Order(StringComparer.Ordinal)];
        Assert.Equal(["/", "/cache", "/dev", "/dev/null", "/dev/urandom", "/log", "/origins/origin", "/proc", "/run"], mounts);
        Assert.All(File.ReadAllLines($"{proc}/mountinfo").Where(line => !line.Contains(" /dev/", StringComparison.Ordinal)),
            line => Assert.Contains("nosuid,nodev", line, StringComparison.Ordinal));

        // Its /proc shows processes alone, and of them itself alone.
        string[] shown = [.. Directory.GetFileSystemEntries($"{proc}/root/proc").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(["1", "self", "thread-self"], shown);
        foreach (string space in (string[])["mnt", "pid", "ipc"])
            Assert.NotEqual(Link($"/proc/self/ns/{space}"), Link($"{proc}/ns/{space}"));

        // No descriptor of it leads to the host.
        foreach (string descriptor in Directory.GetFileSystemEntries($"{proc}/fd"))
        {
            string target = Link(descriptor);
            Assert.True(!target.StartsWith('/') || Inside().IsMatch(target), target);
        }
    }

    [MountFact]
    public async Task Up_status_up_again_and_down_do_what_they_say()
    {
        await using var setup = new Setup();
        File.WriteAllText($"{setup.Origin}/hello", "hello");
        Assert.Equal(3, (await setup.RunAsync("status")).Status);
        string hints = await setup.UpAsync();
        int arlad = setup.Arlad;
        Assert.Equal("hello", (await ChildProgram.RunAsync("cat", $"{setup.MountPoint}/hello")).Output);
        (int status, string said) = await setup.RunAsync("status");
        Assert.True(status == 0, said);
        Assert.Contains(setup.MountPoint, said, StringComparison.Ordinal);

        Assert.Contains("Nothing to do", (await setup.RunAsync("up", setup.Origin, setup.MountPoint)).Output, StringComparison.Ordinal);
        Assert.Contains("Nothing to do", (await setup.RunAsync("up")).Output, StringComparison.Ordinal);
        Assert.Equal(arlad, setup.Arlad);

        // What up proposes to try next, as it stands there: look, ask, and take it down.
        string[] commands = [.. hints[(hints.IndexOf("Try:", StringComparison.Ordinal) + 4)..].Split('\n').Select(line => line.Trim().Replace("sudo ", "", StringComparison.Ordinal))];
        Assert.Equal(3, commands.Length);
        foreach (string command in commands)
        {
            (status, said) = await ChildProgram.RunAsync("sh", "-c", command);
            Assert.True(status == 0, $"{command}: {said}");
        }
        Assert.False(MountTable.IsMounted(setup.MountPoint));
        Assert.False(Directory.Exists($"/proc/{arlad}") && !File.ReadAllText($"/proc/{arlad}/status").Contains("Z (zombie)", StringComparison.Ordinal));
        Assert.True(Directory.Exists($"{setup.Jail}/cache"));
        Assert.Equal(3, (await setup.RunAsync("status")).Status);
        Assert.Equal(0, (await setup.RunAsync("down")).Status);

        Assert.Equal(0, (await setup.RunAsync("down", "--purge")).Status);
        Assert.False(Directory.Exists(setup.Jail));
        Assert.False(Directory.Exists($"{setup.Jail}.state"));
    }

    [MountFact]
    public async Task Mistakes_are_named_with_their_cure()
    {
        await using var setup = new Setup();
        Directory.CreateDirectory(setup.MountPoint);
        File.WriteAllText($"{setup.MountPoint}/mine", "");
        Assert.Equal((1, true), await FailsAsync(setup, "not empty", setup.Origin, setup.MountPoint));
        Assert.Equal((1, true), await FailsAsync(setup, "does not exist", $"{setup.Origin}/absent"));
        Assert.Equal((1, true), await FailsAsync(setup, "http://", "ftp://example.org/"));
        Assert.Equal((1, true), await FailsAsync(setup, "not a directory", $"{setup.MountPoint}/mine"));
    }

    private static async Task<(int Status, bool Names)> FailsAsync(Setup setup, string cause, params string[] arguments)
    {
        (int status, string output) = await setup.RunAsync("up", arguments);
        return (status, output.Contains(cause, StringComparison.Ordinal));
    }

    private static string Link(string path) => ChildProgram.Run("readlink", path).Output;

    private static void AssertHarmless(string status)
    {
        foreach (string set in (string[])["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
            Assert.Contains($"{set}:\t0000000000000000\n", status, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1\n", status, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2\n", status, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"(?m)^[UG]id:.*\t0(\t|$)", status);
        Assert.DoesNotMatch(@"(?m)^Groups:.*\b0\b", status);
    }

    [GeneratedRegex(@"^/(cache|dev|run|log|origins|proc|etc|bin|lib)(/|$)|^/$|/jail/|^/memfd:")]
    private static partial Regex Inside();
}
