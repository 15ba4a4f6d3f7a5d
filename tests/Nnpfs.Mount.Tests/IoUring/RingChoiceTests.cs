using Nnpfs.Mount.Tests.Session;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.IoUring;

/// <summary>-o io_uring=auto|on|off, with the kernel's switch on and off.</summary>
public sealed class RingChoiceTests
{
    [IoUringTheory]
    [InlineData("auto", true, "io_uring")]
    [InlineData("auto", false, "/dev/fuse")]
    [InlineData("off", true, "/dev/fuse")]
    public async Task The_kernels_switch_decides_unless_the_user_does(string mode, bool isOn, string way) =>
        await IoUringSwitch.WithAsync(isOn, async () =>
        {
            await using MemoryMount mount = await MemoryMount.StartAsync($"io_uring={mode}");

            Assert.Equal((0, MemoryTree.Hello.TrimEnd()), await mount.ShellAsync("cat hello"));
            await Patience.UntilAsync(() => mount.Driver.Output.Contains($"through {way}", StringComparison.Ordinal), "the log line");
        });

    [IoUringFact]
    public async Task Who_insists_is_told_that_it_is_switched_off_and_how_to_switch_it_on() =>
        await IoUringSwitch.WithAsync(false, async () =>
        {
            using var scratch = new Scratch();

            (int status, string output) = await ChildProgram.RunAsync("nnpfs", "mount", "any", scratch.Directory("mnt"), "-f", "-o", "io_uring=on");

            Assert.Equal(2, status);
            Assert.Contains("echo Y > /sys/module/fuse/parameters/enable_uring", output, StringComparison.Ordinal);
        });
}
