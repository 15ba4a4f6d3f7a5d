using System.Globalization;
using Mono.Unix.Native;
using Nnpfs.Mount.Tests.Session;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.IoUring;

/// <summary>The session with the kernel's requests by io_uring: what it answers, where it runs, and that it always ends.</summary>
public sealed class RingSessionTests
{
    private const int Waiting = 100;

    // Direct reads, each a request of its own. The signal's handler makes a caught signal of it.
    private const string ReadSlowly = """
        import mmap, os, sys, threading
        fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
        def read(i):
            try: os.preadv(fd, [mmap.mmap(-1, 4096)], 4096 * i)
            except OSError: pass
        threads = [threading.Thread(target=read, args=[i]) for i in range(int(sys.argv[2]))]
        [thread.start() for thread in threads]
        print("started", flush=True)
        [thread.join() for thread in threads]
        """;

    [IoUringFact]
    public async Task Each_processor_has_a_thread_that_stays_on_it()
    {
        await using MemoryMount mount = await StartAsync();

        await Patience.UntilAsync(() => mount.Driver.Output.Contains("through io_uring", StringComparison.Ordinal), "the log line");
        (string Name, string Cpus)[] rings = [.. Threads(mount.Driver.Id).Where(thread => thread.Name.StartsWith("fuse-ring-", StringComparison.Ordinal))];
        Assert.Equal(Cpus.Online.Select(cpu => ($"fuse-ring-{cpu}", $"{cpu}")).Order(), rings.Order());
    }

    [IoUringFact]
    public async Task The_kernel_reads_lists_and_stats_a_tree()
    {
        await using MemoryMount mount = await StartAsync();

        Assert.Equal((0, MemoryTree.Hello.TrimEnd()), await mount.ShellAsync("cat hello"));
        Assert.Equal((0, MemoryTree.Hello.TrimEnd()), await mount.ShellAsync("cat link"));
        Assert.Equal((0, $"{MemoryTree.ManyFiles}"), await mount.ShellAsync("ls -l | grep -c file-"));
        Assert.Equal(1, (await mount.ShellAsync("cat nothing-there")).Status);
        Assert.Equal((0, "400"), await mount.ShellAsync("stat -f -c %f ."));
        Assert.Contains("Input/output error", (await mount.ShellAsync("cat throws")).Output, StringComparison.Ordinal);
    }

    [IoUringTheory]
    [InlineData("big")]
    [InlineData("late")]
    public async Task Large_files_arrive_whole_and_unmixed_on_every_processor(string file)
    {
        await using MemoryMount mount = await StartAsync();
        string expected = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Pattern.Bytes(MemoryTree.BigSize)));
        string readers = string.Join(' ', Cpus.Online.SelectMany(cpu => Enumerable.Repeat(
            $"taskset -c {cpu} dd if={file} iflag=direct bs=1M status=none | sha256sum & taskset -c {cpu} sha256sum < {file} &", 2)));

        (int status, string output) = await mount.ShellAsync($"true; {readers} wait");

        Assert.Equal(0, status);
        Assert.Equal(Cpus.Online.Count * 4, output.Split('\n').Count(line => line.StartsWith(expected, StringComparison.Ordinal)));
    }

    [IoUringFact]
    public async Task Many_reads_that_wait_hold_up_nobody_and_end_with_their_reader()
    {
        await using MemoryMount mount = await StartAsync();
        using ChildProgram readers = ChildProgram.Start("/usr/bin/python3", "-c", ReadSlowly, $"{mount.Root}/slow", $"{Waiting}");
        await Patience.UntilAsync(() => Waits(readers.Id) == Waiting, "the readers wait");

        foreach (int cpu in Cpus.Online)
            Assert.Equal((0, MemoryTree.Hello.TrimEnd()), await mount.ShellAsync($"taskset -c {cpu} cat hello && taskset -c {cpu} ls > /dev/null"));
        await readers.KillAsync();
        // Each entry is free again: as many can wait once more, and go as well.
        using ChildProgram others = ChildProgram.Start("/usr/bin/python3", "-c", ReadSlowly, $"{mount.Root}/slow", $"{Waiting}");
        await Patience.UntilAsync(() => Waits(others.Id) == Waiting, "others wait");
        await others.KillAsync();
        Assert.Equal((0, MemoryTree.Hello.TrimEnd()), await mount.ShellAsync("cat hello"));
    }

    [IoUringFact]
    public async Task A_signal_ends_a_read_that_waits()
    {
        await using MemoryMount mount = await StartAsync();

        Assert.Equal(124, (await mount.ShellAsync("timeout -s INT 1 cat slow")).Status);
    }

    [IoUringFact]
    public async Task A_burst_of_large_answers_leaves_no_memory_behind()
    {
        await using MemoryMount mount = await StartAsync();
        string readers = string.Concat(Enumerable.Repeat("dd if=late iflag=direct bs=1M of=/dev/null status=none & ", 60));
        Assert.Equal((0, ""), await mount.ShellAsync($"true; {readers} wait"));

        await Patience.UntilAsync(() => ResidentMiB(mount.Driver.Id) < 80, $"less than 80 MiB, it has {ResidentMiB(mount.Driver.Id)}");
    }

    [IoUringTheory]
    [InlineData(Signum.SIGTERM)]
    [InlineData(Signum.SIGKILL)]
    public async Task The_driver_ends_while_reads_wait(Signum signal)
    {
        await using MemoryMount mount = await StartAsync();
        using ChildProgram readers = ChildProgram.Start("/usr/bin/python3", "-c", ReadSlowly, $"{mount.Root}/slow", "20");
        await Patience.UntilAsync(() => Waits(readers.Id) == 20, "the readers wait");

        mount.Driver.Signal(signal);

        Assert.Equal(signal == Signum.SIGTERM ? 0 : 128 + (int)signal, await mount.Driver.WaitForExitAsync());
        Assert.Equal(0, await readers.WaitForExitAsync());
        Assert.Equal(signal == Signum.SIGKILL, MountTable.IsMounted(mount.Root));
    }

    [IoUringFact]
    public async Task An_aborted_connection_ends_the_driver_and_its_readers()
    {
        await using MemoryMount mount = await StartAsync();
        using ChildProgram readers = ChildProgram.Start("/usr/bin/python3", "-c", ReadSlowly, $"{mount.Root}/slow", "20");
        await Patience.UntilAsync(() => Waits(readers.Id) == 20, "the readers wait");

        MountTable.Abort(mount.Root);

        Assert.Equal(0, await mount.Driver.WaitForExitAsync());
        Assert.Equal(0, await readers.WaitForExitAsync());
        Assert.False(MountTable.IsMounted(mount.Root));
    }

    [IoUringFact]
    public async Task An_unmount_from_outside_ends_the_driver_with_success()
    {
        await using MemoryMount mount = await StartAsync();
        await mount.ShellAsync("cat big late > /dev/null; ls -l");

        Assert.Equal((0, ""), await ChildProgram.RunAsync("umount", mount.Root));

        Assert.Equal(0, await mount.Driver.WaitForExitAsync());
        Assert.DoesNotContain(" ERR ", mount.Driver.Output, StringComparison.Ordinal);
    }

    private static Task<MemoryMount> StartAsync() => MemoryMount.StartAsync(IoUringSwitch.Option);

    /// <summary>Threads of a process that sleep in a request to a mount.</summary>
    private static int Waits(int process) =>
        Directory.GetDirectories($"/proc/{process}/task").Count(thread => ReadAll($"{thread}/stack").Contains("fuse_", StringComparison.Ordinal));

    private static IEnumerable<(string Name, string Cpus)> Threads(int process) =>
        from thread in Directory.GetDirectories($"/proc/{process}/task")
        let allowed = ReadAll($"{thread}/status").Split('\n').First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal))
        select (ReadAll($"{thread}/comm").Trim(), allowed.Split(':')[1].Trim());

    private static int ResidentMiB(int process)
    {
        string line = ReadAll($"/proc/{process}/status").Split('\n').First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>A thread may end while it is looked at.</summary>
    private static string ReadAll(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
