using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Jail;

/// <summary>Attempts to break out, made in arlad's own process: in its jail, with its user, its capabilities and its filter.</summary>
[Claim("S24")]
public sealed class ConfinedTests : IDisposable
{
    private const Errno AsOnKernelsWithoutIt = (Errno)1011; // ended by SIGSEGV: no 32-bit calls at all

    /// <summary>What each attempt meets inside.</summary>
    private static readonly Dictionary<string, Errno> Refusals = new()
    {
        ["open a file of the host"] = Errno.ENOENT,
        ["open a file of the host above the root"] = Errno.ENOENT,
        ["open a file of the host through a link of the kernel's"] = Errno.ENOENT,
        ["open the kernel's settings"] = Errno.ENOENT,
        ["open the kernel's devices"] = Errno.ENOENT,
        ["open a device"] = Errno.ENOENT,
        ["escape through descriptors"] = Errno.ENOENT,
        ["see another process"] = Errno.ENOENT,
        ["signal a process of the host"] = Errno.ESRCH,
        ["signal whoever there is"] = Errno.ESRCH,
        ["name a process of the host"] = Errno.ESRCH,
        ["clone with hidden flags"] = Errno.ENOSYS,
        ["write to the root"] = Errno.EROFS,
        ["write to the programs"] = Errno.EROFS,
        ["write to the libraries"] = Errno.EROFS,
        ["write to the configuration"] = Errno.EROFS,
        ["write to the origin"] = Errno.EROFS,
    };

    /// <summary>Calls made without sense: outside they meet various errors.</summary>
    private static readonly string[] Senseless =
        ["use io_uring", "use keys", "load a program into the kernel", "watch all files", "open a file by its handle", "watch page faults"];

    private readonly ChildProgram _victim = ChildProgram.Start("sleep", "1000");

    public void Dispose() => _victim.Dispose();

    [MountFact]
    public async Task Every_attempt_to_break_out_of_arlad_is_refused()
    {
        await using var setup = new Setup();
        File.WriteAllText($"{setup.Origin}/hello", "hello");
        (int status, string said) = await setup.RunAsync("up", "--jail-only", setup.Origin);
        Assert.True(status == 0, said);
        // Not the permissions of these files keep them as they are.
        ChildProgram.Run("chmod", "666", $"{setup.Origin}/hello", $"{setup.Jail}/etc/arlad.conf");
        // SQLite is what arlad loads last: its cache's index is opened when it has confined itself and is about to serve.
        new Probe("/log", "", "/log/attempts", _victim.Id).Build($"{setup.Jail}/bin/libe_sqlite3.so", "-shared", "-fPIC", "-DINSIDE");

        (status, said) = await setup.EnterAsync();

        Assert.True(status == 0, $"{status} {said} {File.ReadAllText($"{setup.Jail}/log/arlad.log")}");
        Dictionary<string, Errno> met = Probe.Read($"{setup.Jail}/log/attempts");
        Assert.InRange(met.Count, Refusals.Count + 20, 100);
        Assert.All(met, attempt => Assert.Equal((attempt.Key, Refusals.GetValueOrDefault(attempt.Key, Errno.EPERM)), (attempt.Key, attempt.Value)));
        Assert.Subset(met.Keys.ToHashSet(), Refusals.Keys.ToHashSet());
        Assert.False(_victim.HasExited);
    }

    /// <summary>Else the test above could not fail.</summary>
    [MountFact]
    public async Task The_same_attempts_of_root_outside_succeed()
    {
        using var scratch = new Scratch();
        foreach (string folder in (string[])["bin", "lib", "etc", "origins/origin"])
            scratch.Directory($"closed/{folder}");
        File.WriteAllText(scratch.Path("closed/etc/arlad.conf"), "");
        File.WriteAllText(scratch.Path("closed/origins/origin/hello"), "");
        File.Copy(Facilities.FindProgram("true")!, scratch.Path("closed/bin/arlad"));
        new Probe(scratch.Directory("place"), scratch.Path("closed"), scratch.Path("attempts"), _victim.Id).Build(scratch.Path("probe"));

        (int status, string said) = await ChildProgram.RunAsync("unshare", "--mount", scratch.Path("probe"));

        Assert.True(status == 0, said);
        Dictionary<string, Errno> met = Probe.Read(scratch.Path("attempts"));
        foreach ((string attempt, Errno errno) in met.Where(each => !Senseless.Contains(each.Key)))
            Assert.True(errno is 0 || (attempt == "call as 32 bits" && errno == AsOnKernelsWithoutIt), $"{attempt}: {errno}");
    }
}
