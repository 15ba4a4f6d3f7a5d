using Mono.Unix.Native;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Session;

/// <summary>The session against a real kernel: what it answers, how it begins, and that it always ends.</summary>
public sealed class SessionMountTests
{
    [MountFact]
    public async Task The_kernel_reads_lists_and_stats_a_tree()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();

        Assert.Equal((0, MemoryTree.Hello.TrimEnd()), await mount.ShellAsync("cat hello"));
        Assert.Equal((0, MemoryTree.Hello.TrimEnd()), await mount.ShellAsync("cat link"));
        Assert.Equal((0, $"{MemoryTree.ManyFiles}"), await mount.ShellAsync("ls | grep -c ^file-"));
        Assert.Equal((0, $"{MemoryTree.ManyFiles}"), await mount.ShellAsync("ls -l | grep -c file-"));
        Assert.Equal((0, "14 644 regular file"), await mount.ShellAsync("stat -c '%s %a %F' hello"));
        Assert.Equal(1, (await mount.ShellAsync("cat nothing-there")).Status);
        Assert.Equal((0, "400"), await mount.ShellAsync("stat -f -c %f ."));
    }

    [MountTheory]
    [InlineData("big")]
    [InlineData("late")]
    public async Task Large_files_arrive_whole_and_unmixed(string file)
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();
        string expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Pattern.Bytes(MemoryTree.BigSize)));

        (int status, string output) = await mount.ShellAsync($"cat {file} {file} | head -c {MemoryTree.BigSize} | sha256sum; for i in 1 2 3 4; do sha256sum < {file} & done; wait");

        Assert.Equal(0, status);
        Assert.Equal(5, output.Split('\n').Count(line => line.StartsWith(expected, StringComparison.Ordinal)));
    }

    [MountFact]
    public async Task A_signal_ends_a_read_that_waits()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();

        (int status, _) = await mount.ShellAsync("timeout -s INT 1 cat slow");

        Assert.Equal(124, status);
    }

    [MountFact]
    public async Task An_exception_in_a_handler_is_an_EIO_and_one_line_of_log()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();

        (int status, string output) = await mount.ShellAsync("cat throws");

        Assert.Equal(1, status);
        Assert.Contains("Input/output error", output, StringComparison.Ordinal);
        await Patience.UntilAsync(() => mount.Driver.Output.Contains("as the test wants it", StringComparison.Ordinal), "the log line");
    }

    [MountTheory]
    [InlineData("touch new")]
    [InlineData("mkdir new")]
    [InlineData("rm hello")]
    [InlineData("mv hello new")]
    [InlineData("ln -s hello new")]
    [InlineData("echo x >> hello")]
    [InlineData("chmod 600 hello")]
    [InlineData("truncate -s 0 hello")]
    public async Task What_would_change_something_is_a_read_only_file_system(string command)
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();

        (int status, string output) = await mount.ShellAsync(command);

        Assert.NotEqual(0, status);
        Assert.Contains("Read-only file system", output, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task An_unmount_from_outside_ends_the_driver_with_success()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();

        Assert.Equal((0, ""), await ChildProgram.RunAsync("umount", mount.Root));

        Assert.Equal(0, await mount.Driver.WaitForExitAsync());
        Assert.False(MountTable.IsMounted(mount.Root));
    }

    [MountFact]
    public async Task A_termination_unmounts_even_while_a_read_waits()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();
        using ChildProgram reader = ChildProgram.Start("cat", $"{mount.Root}/slow");
        await Task.Delay(200);

        mount.Driver.Signal(Signum.SIGTERM);

        Assert.Equal(0, await mount.Driver.WaitForExitAsync());
        Assert.False(MountTable.IsMounted(mount.Root));
        Assert.NotEqual(0, await reader.WaitForExitAsync());
    }

    [MountFact]
    public async Task A_second_mount_on_the_same_place_says_that_it_is_busy()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();

        (int status, string output) = await ChildProgram.RunAsync("nnpfs", "mount", "memory", mount.Root);

        Assert.Equal(32, status);
        Assert.Contains("busy", output, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task A_dead_mount_is_named_as_such_and_can_be_cleared()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();
        await mount.Driver.KillAsync();

        (int status, string output) = await ChildProgram.RunAsync("nnpfs", "mount", "memory", mount.Root);
        Assert.Equal(32, status);
        Assert.Contains("nnpfs umount -l", output, StringComparison.Ordinal);

        Assert.Equal((0, ""), await ChildProgram.RunAsync("nnpfs", "umount", "-l", mount.Root));
        Assert.False(MountTable.IsMounted(mount.Root));
    }

    [MountFact]
    public async Task The_trace_and_the_debug_lines_are_switched_while_it_runs()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync();
        mount.Driver.Signal(Signum.SIGUSR1);
        mount.Driver.Signal(Signum.SIGUSR2);
        await Patience.UntilAsync(() => mount.Driver.Output.Contains("wire trace on", StringComparison.Ordinal), "the switch");

        await mount.ShellAsync("cat hello");

        await Patience.UntilAsync(() => mount.Driver.Output.Contains("wire <-", StringComparison.Ordinal), "the trace");
        await Patience.UntilAsync(() => mount.Driver.Output.Contains("LOOKUP req=", StringComparison.Ordinal), "the debug line");
    }

    [MountFact]
    public async Task Each_thread_has_one_descriptor_of_the_device()
    {
        await using MemoryMount mount = await MemoryMount.StartAsync("threads=3,io_uring=off");

        for (int i = 0; i < 3; i++)
            await mount.ShellAsync("cat late > /dev/null; ls > /dev/null");

        string[] open = [.. Directory.GetFileSystemEntries($"/proc/{mount.Driver.Id}/fd").Select(fd => new FileInfo(fd).LinkTarget ?? "")];
        Assert.Equal(3, open.Count(target => target == "/dev/fuse"));
    }
}
