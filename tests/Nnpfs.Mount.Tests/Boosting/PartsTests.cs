using System.Text.RegularExpressions;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Boosting;

/// <summary>Files of which some pages are cached: those are read past FUSE, the others come by it, and nobody sees a difference.</summary>
public sealed partial class PartsTests
{
    private static readonly string[] Tests = ["parts-places", "parts-turn", "parts-unseen", "parts-shared", "parts-many", "parts-cancellation"];

    /// <summary>Reads a few pages of each file, so that they are cached.</summary>
    private static readonly string Begin = $"for file in {string.Join(' ', Tests)}; do for at in 0 1 2 40 41 100; do dd if=$M/$file bs=64k skip=$at count=1 status=none of=/dev/null; done; done";

    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Claim("S40")]
    public async Task Every_call_on_a_file_that_is_not_whole_does_what_it_does_without_the_booster(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        await rig.AddLateAsync(Tests);
        string calls = CallsTests.Calls();
        string output = await rig.RunAsync(privileged, $"""
            {Begin}
            export NNPFS_BOOSTER_REPORT=1 NNPFS_BOOSTER_LOGFILE=report
            for test in {string.Join(' ', Tests)}; do $boost {calls} $O/large $O/large $M/$test $test; done
            cat report
            """);
        // What was read past FUSE is counted to the byte: each of them has read something so.
        Assert.Equal(Tests.Length, Past().Matches(output).Count(match => long.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) >= 65_536));
    }

    [MountFact]
    public async Task Sanitizers_find_nothing_in_reads_of_parts()
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        await rig.AddLateAsync(Tests);
        string calls = CallsTests.Calls(), raced = CallsTests.Calls("-fsanitize=thread");
        string library = BoostRig.Build("-fsanitize=address,undefined", "-fno-sanitize-recover=all"), racing = BoostRig.Build("-fsanitize=thread", "-Wno-tsan");
        string output = await rig.RunAsync(privileged: true, $"""
            {Begin}
            for test in parts-places parts-turn parts-unseen; do
                ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$(gcc -print-file-name=libasan.so) {library}" {calls} $O/large $O/large $M/$test $test
            done
            for test in parts-shared parts-many; do LD_PRELOAD={racing} {raced} $O/large $O/large $M/$test $test; done
            """);
        Assert.EndsWith("parts-many", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Sanitizer", output, StringComparison.Ordinal);
    }

    /// <summary>A failure of each call that reads of parts make: the program reads the same.</summary>
    [MountFact]
    [Claim("S40")]
    public async Task A_call_that_fails_while_a_file_is_read_in_parts_leaves_that_read_to_FUSE()
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        string[] faults = ["mmap:ENOMEM", "statx:EIO", "lseek:EINVAL", "recvmsg:EAGAIN", "getrandom:EAGAIN", "fcntl:EMFILE"];
        await rig.AddLateAsync(faults);
        await rig.RunAsync(privileged: true, $$"""
            expected=$(cat $O/large $O/large $O/large | sha256sum)
            for fault in {{string.Join(' ', faults)}}; do
                dd if=$M/$fault bs=64k count=1 status=none of=/dev/null
                for when in 3 50+; do
                    found=$(LD_PRELOAD={{BoostRig.Library}} strace -o /dev/null -e trace=none -e inject=${fault%:*}:error=${fault#*:}:when=$when {{CallsTests.Calls()}} copy $M/$fault | sha256sum)
                    [ "$found" = "$expected" ] || { echo "$fault when=$when: other bytes"; exit 1; }
                done
            done
            """);
    }

    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Claim("S12")]
    [Claim("S40")]
    public async Task What_is_open_and_not_whole_keeps_its_version_and_a_new_open_has_the_new_one(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        await rig.AddLateAsync("late");
        await File.WriteAllTextAsync($"{rig.Work}/parts.py", """
            import os, sys, time
            def show(fd): print(os.pread(fd, 65536, 0) == os.pread(old, 65536, 0), os.pread(fd, 65536, 4 << 20) == os.pread(old, 65536, 4 << 20), flush=True)
            old, held = os.open(sys.argv[2], os.O_RDONLY), os.open(sys.argv[1], os.O_RDONLY)
            show(held)
            open("ready", "w").close()
            while not os.path.exists("changed"): time.sleep(0.02)
            show(held)
            show(os.open(sys.argv[1], os.O_RDONLY))
            """);
        Task<string> run = rig.RunAsync(privileged, """
            dd if=$M/late bs=64k count=1 status=none of=/dev/null
            NNPFS_BOOSTER_REPORT=1 $boost python3 parts.py $M/late $O/again
            """);
        await Patience.UntilAsync(() => File.Exists($"{rig.Work}/ready") || run.IsCompleted, "the first reads");
        await File.WriteAllBytesAsync($"{rig.Origin}/next", Pattern.Bytes(9_000_001, seed: 9));
        File.Move($"{rig.Origin}/next", $"{rig.Origin}/late", overwrite: true);
        await rig.Arlad.CommandAsync("invalidate", "-r", $"{TestMount.Volume}:/");
        await File.WriteAllTextAsync($"{rig.Work}/changed", "");
        string[] output = (await run).Split('\n');
        Assert.Equal(["True True", "True True", "False False"], output[..3]);
        Assert.Matches(@"in parts \d files: \d{5,} bytes read past FUSE", output[3]); // the first page, once at least
    }

    [GeneratedRegex(@"in parts \d+ files: (\d+) bytes read past FUSE")]
    private static partial Regex Past();
}
