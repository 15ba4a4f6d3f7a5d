using System.Text.RegularExpressions;
using Nnpfs.TestKit;

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

    [GeneratedRegex(@"in parts \d+ files: (\d+) bytes read past FUSE")]
    private static partial Regex Past();
}
