using System.Globalization;
using Mono.Unix.Native;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Waiting;

/// <summary>An origin that stalls: who waits, who does not, and how a wait ends.</summary>
public sealed class StalledTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15); // the stall itself would last for ten minutes
    private static readonly byte[] Content = Pattern.Bytes(1_000_000);

    private const long AheadFrom = 2 << 20;

    // Python's read gives up because the handler throws. A direct read: in the others the kernel waits for its page cache itself,
    // and lets only fatal signals through.
    private const string Interrupted = """
        import mmap, os, signal, sys
        class Woken(Exception): pass
        def wake(*_): raise Woken()
        signal.signal(signal.SIGALRM, wake)
        fd = os.open(sys.argv[1], os.O_RDONLY | os.O_DIRECT)
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        try: os.preadv(fd, [mmap.mmap(-1, 4096)], 0)
        except Woken: print("woken")
        """;

    private readonly FaultServer _server = new();
    private readonly List<ChildProgram> _children = [];
    private TestMount? _mount;

    public StalledTests()
    {
        foreach (string name in new[] { "stuck", "stuck2", "sub/file", "sub/other", "far/file" })
            _server.Files[name] = new(Content, $"\"{name}\"");
        _server.Alter = (request, reply) => IsStuck(request) ? reply with { StallAfter = 0 } : reply;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>The readers first: they keep the mount busy. A plain umount would wait in the kernel for the pages that it still has on
    /// order, for as long as the origin stalls.</summary>
    public async Task DisposeAsync()
    {
        _children.ForEach(child => child.Dispose());
        if (_mount is not null)
        {
            MountTable.Remove(_mount.Root);
            await _mount.DisposeAsync();
        }
        await _server.DisposeAsync();
    }

    [Claim("S7")]
    [MountFact]
    public async Task A_reader_that_waits_delays_nobody_else()
    {
        TestMount mount = await StartAsync();
        for (int i = 0; i < 8; i++)
            Start("cat", mount.At(i % 2 == 0 ? "stuck" : "stuck2"));
        await Patience.UntilAsync(() => _server.Requests.Where(IsStuck).Select(request => request.Path).Distinct().Count() == 2, "both files are asked for");

        Assert.Equal(Content, await mount.ReadFileAsync("sub/file", Soon));
        Assert.Equal(["file"], (await mount.ListAsync("far")).Value);
        Assert.Equal(Errno.ENOENT, (await mount.StatAsync("far/none")).Errno);
        Assert.Equal(Content.Length, (await mount.StatAsync("stuck")).Value.st_size);
        foreach (string[] command in new string[][] { ["stat", "-f", mount.Root], ["df", mount.Root], ["ls", "-lR", mount.Root] })
        {
            (int status, string output) = await ChildProgram.RunAsync(command[0], command[1..]);
            Assert.True(status == 0, $"{output}\n{mount.Driver.Output}\n{mount.Arlad.Program.Output}");
        }
        Assert.All(_children, child => Assert.False(child.HasExited, child.Output));
    }

    [Claim("S8")]
    [MountTheory]
    [InlineData(Signum.SIGKILL, false)]
    [InlineData(Signum.SIGINT, false)]
    [InlineData(Signum.SIGTERM, true)]
    [InlineData(Signum.SIGKILL, true)]
    public async Task A_signal_ends_a_wait(Signum signal, bool withoutArlad)
    {
        TestMount mount = await StartAsync();
        await mount.StatAsync("stuck"); // so that its open needs nobody
        if (withoutArlad)
            await mount.Arlad.StopAsync();
        // The signal's own meaning, whatever the runner of the tests does with it.
        ChildProgram reader = Start("env", "--default-signal", "cat", mount.At("stuck"));
        await UntilItWaitsAsync(reader);

        reader.Signal(signal);

        await reader.WaitForExitAsync(Soon);
    }

    [Claim("S8")]
    [MountFact]
    public async Task A_direct_read_that_a_handled_signal_interrupts_is_over()
    {
        TestMount mount = await StartAsync();

        ChildProgram reader = Start("/usr/bin/python3", "-c", Interrupted, mount.At("stuck"));

        await reader.WaitForExitAsync(Soon);
        Assert.Equal("woken", reader.Output.Trim());
    }

    [Claim("S8")]
    [MountFact]
    public async Task A_lookup_and_a_listing_that_wait_can_be_interrupted()
    {
        TestMount mount = await StartAsync();
        _server.Alter = (_, reply) => reply with { StallAfter = -1 }; // from here on: the first mount of a volume asks the origin
        ChildProgram lister = Start("env", "--default-signal", "ls", mount.At("sub")), looker = Start("env", "--default-signal", "cat", mount.At("far/file"));
        await UntilItWaitsAsync(lister);
        await UntilItWaitsAsync(looker);

        lister.Signal(Signum.SIGTERM);
        looker.Signal(Signum.SIGTERM);

        await lister.WaitForExitAsync(Soon);
        await looker.WaitForExitAsync(Soon);
    }

    [MountTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_fetched_ahead_of_a_reader_is_given_up_when_it_is_gone(bool withItsMount)
    {
        _server.Files["long"] = new(Pattern.Bytes(32 << 20), "\"long\"");
        TestMount mount = await StartAsync();
        _server.Alter = (request, reply) => IsAhead(request) ? reply with { StallAfter = 0 } : reply;
        using (SafeFd file = await mount.GuardAsync(() => Files.Open(mount.At("long"), OpenModes.ReadOnly).Value))
        {
            byte[] buffer = new byte[64 * 1024];
            for (int offset = 0; !_server.Requests.Any(IsAhead); offset += buffer.Length)
            {
                Assert.True(offset < AheadFrom, "nothing was fetched ahead");
                Assert.Equal(buffer.Length, await mount.GuardAsync(() => Files.ReadAt(file, buffer, offset).Value));
            }
            Assert.NotEqual(0, await mount.Arlad.MetricAsync("nnpfs_origin_requests_in_flight"));
            if (withItsMount)
                await mount.Driver.KillAsync();
        }

        await Patience.UntilAsync(
            async () => await mount.Arlad.MetricAsync("nnpfs_origin_requests_in_flight") == 0, "nothing is fetched for nobody");
    }

    private static bool IsAhead(FaultRequest request) =>
        request["Range"] is { } range
            && long.Parse(range["bytes=".Length..range.IndexOf('-', StringComparison.Ordinal)], CultureInfo.InvariantCulture) >= AheadFrom;

    private static bool IsStuck(FaultRequest request) => request.Path.Contains("stuck", StringComparison.Ordinal) && request.Method == "GET";

    private async Task<TestMount> StartAsync() =>
        _mount = await TestMount.StartAsync(new() { Origin = _server.Url, VolumeSettings = "timeout = 600", Options = "timeo=600" });

    private ChildProgram Start(string program, params string[] arguments)
    {
        ChildProgram child = ChildProgram.Start(program, arguments);
        _children.Add(child);
        return child;
    }

    /// <summary>Until it sleeps in a request to the mount, or for a page that one will bring.</summary>
    private static Task UntilItWaitsAsync(ChildProgram child) => Patience.UntilAsync(
        () =>
        {
            if (child.HasExited)
                throw new InvalidOperationException($"{child.Name} ended: {child.Output}");
            string stack = File.ReadAllText($"/proc/{child.Id}/stack");
            return stack.Contains("fuse_", StringComparison.Ordinal) || stack.Contains("folio_wait", StringComparison.Ordinal);
        },
        $"{child.Name} waits for the mount");
}
