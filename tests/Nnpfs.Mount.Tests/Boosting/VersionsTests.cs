using Nnpfs.Mount.Tests.Cache;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Boosting;

/// <summary>Descriptors past FUSE while versions, the cache and the programs of Nnpfs come and go.</summary>
public sealed class VersionsTests
{
    private static readonly byte[] Next = Pattern.Bytes(8_000_000, seed: 9);

    /// <summary>Python, since it holds a descriptor while others do something: reads what it has open when a line comes.</summary>
    private const string Holder = """
        cat > holder.py <<'END'
        import hashlib, os, sys
        held = os.open(sys.argv[1], os.O_RDONLY)
        print(os.readlink(f"/proc/self/fd/{held}").split("/")[-1] != "large", flush=True)
        for line in sys.stdin:
            command = line.strip()
            try:
                fd = held if command == "held" else os.open(sys.argv[1], os.O_RDONLY)
                size = os.fstat(fd).st_size
                print(command, hashlib.sha256(os.pread(fd, size, 0)).hexdigest()[:8], flush=True)
            except OSError as error:
                print(command, error.errno, flush=True)
        END
        mkfifo in out
        $boost python3 holder.py $M/large < in > out & holder=$!
        exec 3> in 4< out
        ask() { echo $1 >&3; read -r answer <&4; echo "$answer"; }
        read -r answer <&4; echo "boosted $answer"
        """;

    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Claim("S12")]
    [Claim("S40")]
    public async Task What_is_open_keeps_its_version_and_a_new_open_has_the_new_one(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        Task<string> run = rig.RunAsync(privileged, $"""
            cat $M/large > /dev/null
            {Holder}
            ask held; ask new
            touch ready; while [ ! -e changed ]; do sleep 0.02; done
            ask held; ask new
            cat $M/large > /dev/null; ask new
            exec 3>&-; wait $holder
            """);
        await Patience.UntilAsync(() => File.Exists($"{rig.Work}/ready") || run.IsCompleted, "the first reads");
        await File.WriteAllBytesAsync($"{rig.Origin}/next", Next);
        File.Move($"{rig.Origin}/next", $"{rig.Origin}/large", overwrite: true);
        await rig.Arlad.CommandAsync("invalidate", "-r", $"{TestMount.Volume}:/");
        await File.WriteAllTextAsync($"{rig.Work}/changed", "");
        string output = await run;
        string first = Hash(await File.ReadAllBytesAsync($"{rig.Origin}/again")), second = Hash(Next);
        Assert.Equal(["boosted True", $"held {first}", $"new {first}", $"held {first}", $"new {second}", $"new {second}"], output.Split('\n'));
    }

    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Claim("S19")]
    [Claim("S40")]
    public async Task When_the_driver_is_killed_what_is_open_is_read_on_and_an_open_fails_at_once(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        string output = await rig.RunAsync(privileged, $"""
            cat $M/large > /dev/null
            {Holder}
            ask held
            kill -9 $(pgrep -f -- "--foreground.*$M")
            ask held; ask new; ask new; ask held
            exec 3>&-; wait $holder
            """);
        string first = Hash(await File.ReadAllBytesAsync($"{rig.Origin}/again"));
        // ENOTCONN; an open that the driver still had in its hands is answered ECONNABORTED.
        Assert.Equal(["boosted True", $"held {first}", $"held {first}", "new 107", "new 107", $"held {first}"], output.Replace("new 103", "new 107", StringComparison.Ordinal).Split('\n'));
    }

    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Claim("S22")]
    [Claim("S40")]
    public async Task Neither_reclaim_nor_flush_takes_what_a_program_reads_past_FUSE_until_it_is_closed(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        Task<string> run = rig.RunAsync(privileged, $"""
            cat $M/large > /dev/null
            {Holder}
            ask held
            touch ready; while [ ! -e done ]; do sleep 0.02; done
            ask held; ask new
            exec 3>&-; wait $holder
            touch closed; while [ ! -e over ]; do sleep 0.02; done
            """);
        await Patience.UntilAsync(() => File.Exists($"{rig.Work}/ready") || run.IsCompleted, "the first read");
        await rig.Arlad.CommandAsync("flush", "--volume", TestMount.Volume);
        await rig.Arlad.CommandAsync("reclaim");
        int left = CacheUse.BlockFiles(rig.Arlad).Count(file => new FileInfo(file).Length == 9_000_001);
        await File.WriteAllTextAsync($"{rig.Work}/done", "");
        await Patience.UntilAsync(() => File.Exists($"{rig.Work}/closed") || run.IsCompleted, "the close");
        await Patience.UntilAsync(
            async () =>
            {
                await rig.Arlad.CommandAsync("reclaim");
                return run.IsCompleted || !CacheUse.BlockFiles(rig.Arlad).Any(file => new FileInfo(file).Length >= 300_000);
            },
            "the files to be reclaimed");
        await File.WriteAllTextAsync($"{rig.Work}/over", "");
        string first = Hash(await File.ReadAllBytesAsync($"{rig.Origin}/again")), output = await run;
        Assert.Equal(1, left);
        Assert.Equal(["boosted True", $"held {first}", $"held {first}", $"new {first}"], output.Split('\n'));
    }

    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nnpfsctl_lists_the_programs_that_read_past_FUSE_and_counts_their_files(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        string control = $"{ChildProgram.Locate("nnpfsctl")}";
        string output = await rig.RunAsync(privileged, $"""
            cat $M/large > /dev/null
            {Holder}
            {control} boosters $M
            {control} boosters --json $M
            exec 3>&-; wait $holder
            {control} stats --socket {rig.Arlad.Admin} || true
            """);
        Assert.Matches(@" 65534 +1 +8\.6 MiB +python3 +/".Replace("65534", privileged ? "0" : "65534", StringComparison.Ordinal), output);
        Assert.Contains("\"files\":1,\"bytes\":9000001,\"lent\":1,\"programs\":[{\"pid\":", output, StringComparison.Ordinal);
        Assert.Contains(privileged ? "boosted  1 files, " : "nnpfsctl: ", output, StringComparison.Ordinal);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..8];
}
