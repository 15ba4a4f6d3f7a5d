using System.Text.Json;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Control;

/// <summary>Every command of nnpfsctl once against an arlad that serves a mount, as text and as JSON.</summary>
public sealed class CommandTests(ControlFixture control) : IClassFixture<ControlFixture>
{
    private const string Volume = TestMount.Volume;

    private string Root => control.Mount.Root;

    [MountFact]
    public async Task Status_and_volumes_name_the_mount()
    {
        Assert.Contains(Root, await control.SayAsync("status"), StringComparison.Ordinal);
        Assert.Contains(Volume, await control.SayAsync("volumes"), StringComparison.Ordinal);
        JsonElement status = Assert.Single(await control.JsonAsync("status")), volumes = Assert.Single(await control.JsonAsync("volumes"));

        Assert.Equal(Root, status.GetProperty("mounts")[0].GetProperty("mount_point").GetString());
        Assert.Equal(1, volumes.GetProperty("volumes")[0].GetProperty("mounts").GetInt32());
    }

    [MountFact]
    public async Task Ls_and_stat_take_a_path_on_the_mount_and_one_in_the_volume()
    {
        foreach (string path in (string[])[$"{Root}/tree", $"{Volume}:tree", $"{Volume}:/tree"])
        {
            Assert.Contains("deep/", await control.SayAsync("ls", path), StringComparison.Ordinal);
            Assert.Equal(6, (await control.JsonAsync("ls", path)).Length);
        }
        Assert.Contains("a.txt", await control.SayAsync("ls", $"{Volume}:"), StringComparison.Ordinal);
        Assert.Contains("100,000", (await control.SayAsync("stat", $"{Root}/a.txt")).Replace("100000", "100,000", StringComparison.Ordinal), StringComparison.Ordinal);
        JsonElement stat = Assert.Single(await control.JsonAsync("stat", $"{Volume}:a.txt"));

        Assert.Equal(100_000, stat.GetProperty("info").GetProperty("size").GetInt64());
    }

    [MountFact]
    public async Task Invalidate_takes_a_path_a_node_a_volume_and_what_is_beneath_a_directory()
    {
        Assert.Equal(100_000, (await control.Mount.ReadFileAsync("a.txt")).Length);
        Assert.Equal(300_000, (await control.Mount.ReadFileAsync("tree/deep/last")).Length);
        string node = Assert.Single(await control.JsonAsync("stat", $"{Volume}:a.txt")).GetProperty("info").GetProperty("node").GetString()!;

        Assert.Contains("1 node invalidated, confirmed by 1 mount", await control.SayAsync("invalidate", $"{Volume}:a.txt"), StringComparison.Ordinal);
        Assert.Equal(1, await NodesOfAsync($"{Root}/a.txt"));
        Assert.Equal(1, await NodesOfAsync("--node", node));
        Assert.Equal(1, await NodesOfAsync("--node", node, "--volume", Volume));
        Assert.InRange(await NodesOfAsync("-r", $"{Root}/tree"), 3, 8);
        Assert.InRange(await NodesOfAsync("--volume", Volume), 5, 10);
        Assert.Equal(100_000, (await control.Mount.ReadFileAsync("a.txt")).Length);
    }

    [MountFact]
    public async Task Prefetch_makes_files_whole_and_flush_drops_them()
    {
        Assert.Contains("done in", await control.SayAsync("prefetch", $"{Root}/tree"), StringComparison.Ordinal);
        JsonElement last = (await control.JsonAsync("prefetch", $"{Volume}:tree"))[^1];
        Assert.True(last.GetProperty("finished").GetBoolean());
        Assert.Equal(6, last.GetProperty("files_done").GetInt32());
        Assert.Equal(350_000, last.GetProperty("bytes_done").GetInt64());

        await control.SayAsync("flush", $"{Volume}:tree/file1");
        JsonElement flushed = Assert.Single(await control.JsonAsync("flush", $"{Root}/tree"));
        Assert.InRange(flushed.GetProperty("bytes").GetInt64(), 300_000, 400_000);
        Assert.Equal(10_000, (await control.Mount.ReadFileAsync("tree/file2")).Length);
    }

    [MountFact]
    public async Task Reclaim_frees_blocks_and_what_it_freed_is_read_again()
    {
        await control.Mount.ReadFileAsync("tree/deep/last");
        Assert.EndsWith("came free", (await control.SayAsync("reclaim", "4K")).TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(300_000, (await control.Mount.ReadFileAsync("tree/deep/last")).Length);
        control.Mount.DropKernelCache();
        await control.Mount.ReadFileAsync("tree/deep/last");
        Assert.True(Assert.Single(await control.JsonAsync("reclaim")).GetProperty("bytes").GetInt64() >= 300_000);
        control.Mount.DropKernelCache();
        Assert.Equal(new byte[300_000], await control.Mount.ReadFileAsync("tree/deep/last"));
    }

    [MountFact]
    public async Task Pins_come_and_go()
    {
        await control.SayAsync("pin", $"{Root}/tree", $"{Volume}:a.txt");
        Assert.Contains("tree", await control.SayAsync("pins"), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(await control.JsonAsync("pins")).GetProperty("pins").GetArrayLength());
        Assert.True(Assert.Single(await control.JsonAsync("stat", $"{Volume}:tree/file0")).GetProperty("info").GetProperty("pinned").GetBoolean());

        await control.SayAsync("unpin", $"{Volume}:tree");
        Assert.Equal(1, Assert.Single(await control.JsonAsync("unpin", $"{Root}/a.txt")).GetProperty("unpinned").GetInt32());
        Assert.Equal(0, Assert.Single(await control.JsonAsync("pins")).GetProperty("pins").GetArrayLength());
        Assert.Equal(1, Assert.Single(await control.JsonAsync("pin", $"{Root}/a.txt")).GetProperty("pinned").GetInt32());
        await control.SayAsync("unpin", $"{Root}/a.txt");
    }

    [MountFact]
    public async Task Limits_are_shown_and_changed()
    {
        await control.SayAsync("limits");
        await control.SayAsync("limits", "--bytes", "1G", "--nodes", "5000", "--high", "90", "--low", "50");
        JsonElement limits = Assert.Single(await control.JsonAsync("limits"));

        Assert.Equal(1L << 30, limits.GetProperty("max_bytes").GetInt64());
        Assert.Equal(5000, limits.GetProperty("max_nodes").GetInt64());
        Assert.Equal(90, limits.GetProperty("high_percent").GetInt32());
    }

    [MountFact]
    public async Task Waiters_stats_and_top_are_views_of_what_goes_on()
    {
        await control.Mount.ReadFileAsync("tree/file3");
        await control.SayAsync("waiters");
        Assert.Equal(JsonValueKind.Array, Assert.Single(await control.JsonAsync("waiters")).GetProperty("waiters").ValueKind);
        await control.SayAsync("stats");
        await control.SayAsync("stats", "--all");
        Assert.True(Assert.Single(await control.JsonAsync("stats")).GetProperty("calls").GetInt64() > 0);
        Assert.Equal(2, (await control.JsonAsync("top", "--count", "2", "--interval", "0.1")).Length);
    }

    [MountFact]
    public async Task Stats_that_follow_go_on_until_they_are_ended()
    {
        using ChildProgram follow = ChildProgram.Start("nnpfsctl", "--socket", control.Mount.Arlad.Admin, "stats", "--follow", "--json", "--interval", "0.1");
        await Patience.UntilAsync(() => follow.Output.Split('\n').Length >= 3, "three lines of stats");
        follow.Signal(Mono.Unix.Native.Signum.SIGTERM);
        Assert.Equal(0, await follow.WaitForExitAsync());

        foreach (string line in follow.Output.Split('\n').Where(line => line.StartsWith('{')))
            JsonDocument.Parse(line).Dispose();
    }

    [MountFact]
    public async Task The_log_level_changes_while_arlad_runs()
    {
        Assert.Contains("debug", await control.SayAsync("log-level", "debug", "--wire", "on"), StringComparison.Ordinal);
        await control.SayAsync("invalidate", $"{Root}/a.txt");
        await Patience.UntilAsync(() => control.Mount.Arlad.Program.Output.Contains("invalidateDone", StringComparison.OrdinalIgnoreCase), "the trace of the channel");
        JsonElement level = Assert.Single(await control.JsonAsync("log-level", "information", "--wire", "off"));

        Assert.Equal("information", level.GetProperty("level").GetString());
        Assert.False(level.GetProperty("wire_trace").GetBoolean());
    }

    [MountFact]
    public async Task A_bug_report_is_an_archive_that_tar_can_list()
    {
        string file = control.Mount.Arlad.Scratch.Path("report.tar");
        await control.SayAsync("bug-report", file);
        (int status, string listing) = await ChildProgram.RunAsync("tar", "tf", file);

        Assert.Equal(0, status);
        Assert.Contains("metrics", listing, StringComparison.Ordinal);
        (status, string text) = await ChildProgram.RunAsync("tar", "xOf", file);
        Assert.Equal(0, status);
        Assert.Contains($"{Volume} at {Root}\n{{\"nodes\":", text, StringComparison.Ordinal); // what that mount's driver has counted
        Assert.True(Assert.Single(await control.JsonAsync("bug-report", "--force", file)).GetProperty("bytes").GetInt64() > 0);
    }

    [MountFact]
    public async Task What_is_not_there_is_said_so_with_a_status()
    {
        Assert.Equal(1, (await control.Mount.Arlad.ControlAsync("stat", $"{Volume}:absent")).Status);
        Assert.Equal(1, (await control.Mount.Arlad.ControlAsync("ls", "nobody:")).Status);
        Assert.Equal(2, (await control.Mount.Arlad.ControlAsync("stat", "/proc")).Status);
        Assert.Equal(2, (await control.Mount.Arlad.ControlAsync("invalidate")).Status);
        Assert.Equal(3, (await ChildProgram.RunAsync("nnpfsctl", "status", "--socket", "/nowhere/admin.sock")).Status);
    }

    private async Task<long> NodesOfAsync(params string[] target) =>
        Assert.Single(await control.JsonAsync(["invalidate", .. target])).GetProperty("nodes").GetInt64();
}
