
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Boosting;

/// <summary>What programs do with files, with the booster in them: every call is as it is without.</summary>
public sealed class CallsTests
{
    [MountTheory]
    [InlineData(true)]
    [InlineData(false)]
    [Claim("S40")]
    public async Task Every_call_does_what_it_does_without_the_booster(bool privileged)
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        string calls = Calls();
        await rig.RunAsync(privileged, $"cat $M/large $M/again > /dev/null; $boost {calls} $M/large $O/large $M/again all");
    }

    [MountFact]
    public async Task Sanitizers_find_nothing()
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        string calls = Calls(), raced = Calls("-fsanitize=thread");
        string library = BoostRig.Build("-fsanitize=address,undefined", "-fno-sanitize-recover=all"), racing = BoostRig.Build("-fsanitize=thread", "-Wno-tsan");
        string output = await rig.RunAsync(privileged: true, $"""
            cat $M/large $M/again > /dev/null
            ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$(gcc -print-file-name=libasan.so) {library}" {calls} $M/large $O/large $M/again all
            LD_PRELOAD={racing} {raced} $M/large $O/large $M/again opens streams facts threads
            """);
        Assert.EndsWith("threads", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Sanitizer", output, StringComparison.Ordinal);
    }

    [MountFact]
    [Claim("S26")]
    public void Of_what_a_hostile_driver_sends_one_sound_descriptor_is_taken_and_nothing_else_stays_open()
    {
        string[] parts = [.. new[] { "connection", "system", "settings", "report", "mounts", "parts", "reads" }.Select(name => Checkout.At($"booster/{name}.c"))];
        string program = BoostRig.Compile("hostile", ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", .. parts]);
        (int status, string output) = ChildProgram.Run("env", "ASAN_OPTIONS=detect_leaks=0", program);
        Assert.True(status == 0, output);
        Assert.Equal("32", output);
    }

    /// <summary>A failure of each call that the booster makes, the first time, the second, and always: the program reads the same.</summary>
    [MountFact]
    [Claim("S40")]
    public async Task A_call_of_the_boosters_that_fails_costs_the_boost_and_nothing_else()
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        string calls = Calls();
        string output = await rig.RunAsync(privileged: true, $$"""
            cat $M/small > /dev/null
            expected=$(cat $O/small $O/small $O/small | sha256sum)
            for fault in socket:EMFILE connect:ECONNREFUSED connect:EAGAIN sendto:EPIPE getrandom:EAGAIN fgetxattr:EIO fgetxattr:ENODATA fgetxattr:ENOTCONN \
                fgetxattr:EINTR fgetxattr:EACCES getxattr:EIO getxattr:ESTALE getxattr:ENODATA recvmsg:EAGAIN recvmsg:ECONNRESET recvmsg:ENOMEM fcntl:EMFILE fstat:EIO dup3:EBUSY; do
                for when in 1 2 3 1+; do
                    found=$(NNPFS_BOOSTER_MIN=1 LD_PRELOAD={{BoostRig.Library}} strace -o /dev/null -e trace=none -e inject=${fault%:*}:error=${fault#*:}:when=$when {{calls}} copy $M/small | sha256sum)
                    [ "$found" = "$expected" ] || { echo "$fault when=$when: other bytes"; exit 1; }
                done
            done
            # The faults were felt: where one comes always, nothing was read past FUSE.
            for fault in socket:EMFILE connect:ECONNREFUSED sendto:EPIPE getrandom:EAGAIN fgetxattr:EIO recvmsg:EAGAIN fcntl:EMFILE fstat:EIO dup3:EBUSY; do
                NNPFS_BOOSTER_REPORT=1 NNPFS_BOOSTER_LOGFILE=report NNPFS_BOOSTER_MIN=1 LD_PRELOAD={{BoostRig.Library}} strace -o /dev/null -e trace=none \
                    -e inject=${fault%:*}:error=${fault#*:}:when=1+ {{calls}} copy $M/small > /dev/null
            done
            ! grep "past FUSE [1-9]" report
            echo "files that stay lent: $(python3 -c 'import os, sys, json; print(json.loads(os.getxattr(sys.argv[1], "user.nnpfs.stats"))["open"])' $M)"
            """);
        Assert.EndsWith("files that stay lent: 0", output, StringComparison.Ordinal);
    }

    [ProgramFact("nm cc")]
    public void Nothing_is_exported_but_what_is_intercepted_and_the_status()
    {
        string[] expected =
        [
            "__fxstat", "__fxstat64", "__fxstatat", "__fxstatat64", "__open64_2", "__open_2", "__openat64_2", "__openat_2", "__pread64_chk", "__pread_chk", "__read_chk",
            "close", "fopen", "fopen64", "freopen", "freopen64", "fstat", "fstat64", "fstatat", "fstatat64", "nnpfs_booster_status", "open", "open64", "openat", "openat64",
            "pread", "pread64", "preadv", "preadv2", "preadv64", "preadv64v2", "read", "readv", "statx",
        ];
        (int status, string output) = ChildProgram.Run("nm", "-D", "--defined-only", "--format=posix", BoostRig.Library);
        Assert.True(status == 0, output);
        Assert.Equal(expected, output.Split('\n').Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    /// <summary>The loader preloads whatever it is told to: a program of musl's must start, too.</summary>
    [MountFact("musl-gcc")]
    [Claim("S40")]
    public async Task A_program_of_another_libc_reads_past_FUSE_as_well()
    {
        await using BoostRig rig = await BoostRig.StartAsync();
        await rig.AddLateAsync("late");
        string program = Path.Combine(rig.Work, "musl");
        (int status, string said) = ChildProgram.Run("musl-gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", program, Checkout.At("tests/Nnpfs.Mount.Tests/Boosting/musl.c"));
        Assert.True(status == 0, said);
        string output = await rig.RunAsync(privileged: false, """
            cat $M/large > /dev/null
            dd if=$M/late bs=64k count=1 status=none of=/dev/null
            for file in large late; do $boost ./musl $M/$file > copies; cat $O/large $O/large $O/large | cmp - copies; done
            """);
        Assert.Equal(["2 1", "3 1"], output.Split('\n'));
    }

    [ProgramFact("gcc")]
    public void It_compiles_without_a_warning_by_each_compiler_that_is_here_and_says_so_where_there_is_none()
    {
        using var scratch = new Scratch();
        foreach (string compiler in new[] { "gcc", "clang" }.Where(name => Facilities.Program(name) is null))
        {
            (int made, string said) = ChildProgram.Run("env", $"CC={compiler}", Checkout.At("booster/build"), "-o", scratch.Path(compiler));
            Assert.True(made == 0 && said.Length == 0 && File.Exists(scratch.Path(compiler)), said);
        }
        (int status, string output) = ChildProgram.Run("env", "CC=/no/compiler", Checkout.At("booster/build"), "-o", scratch.Path("none"));
        Assert.Equal(0, status);
        Assert.Contains("apt-get install gcc libc6-dev", output, StringComparison.Ordinal);
        Assert.False(File.Exists(scratch.Path("none")));
    }

    public static string Calls(params string[] flags) =>
        BoostRig.Compile("calls", [.. flags, .. new[] { "processes", "parts" }.Select(name => Checkout.At($"tests/Nnpfs.Mount.Tests/Boosting/{name}.c"))]);
}
