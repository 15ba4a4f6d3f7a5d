using System.Diagnostics;
using System.Text.Json;
using Mono.Unix.Native;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Admin;

/// <summary>nnpfsctl as users start it, against a service in this process.</summary>
public sealed class CtlTests
{
    [Fact]
    public async Task Status_names_mounts_and_sizes()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Docs.Mounts.Add(new("/mnt/a b", 42, 0, DateTimeOffset.UtcNow.AddMinutes(-3), 0, ByDescriptor: false));
        CtlRun run = await Ctl.RunAsync(admin.Socket, "status");
        Assert.Equal((0, ""), (run.Status, run.Error));
        Assert.Contains("300 MiB of 1.0 GiB", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"docs +/mnt/a b +0 +3 min \d+ s +0", run.Out);
        Assert.DoesNotContain('\e', run.Out);
    }

    [Fact]
    public async Task Json_holds_every_field_with_nodes_in_hex()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        CtlRun run = await Ctl.RunAsync(admin.Socket, "stat", "docs:a/two.txt", "--json");
        Assert.Equal(0, run.Status);
        JsonElement info = JsonDocument.Parse(run.Out).RootElement.GetProperty("info");
        Assert.Equal(3_000_000, info.GetProperty("size").GetInt64());
        Assert.Equal("file", info.GetProperty("kind").GetString());
        Assert.Matches("^[0-9a-f]+$", info.GetProperty("node").GetString()!);
    }

    [Fact]
    public async Task A_name_that_is_no_text_is_escaped_for_people_and_kept_for_programs()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Contains(@"odd\xff\x0a", (await Ctl.RunAsync(admin.Socket, "ls", "source:")).Out, StringComparison.Ordinal);
        JsonElement entry = JsonDocument.Parse((await Ctl.RunAsync(admin.Socket, "ls", "source:", "--json")).Out).RootElement;
        Assert.Equal([.. "odd"u8, 0xFF, (byte)'\n'], entry.GetProperty("name_base64").GetBytesFromBase64());
    }

    [Fact]
    public async Task Ls_and_stat_show_what_is_cached_after_a_prefetch_and_flush_drops_it()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        CtlRun prefetch = await Ctl.RunAsync(admin.Socket, "prefetch", "docs:a");
        Assert.Equal((0, ""), (prefetch.Status, prefetch.Error));
        Assert.Contains("2 of 2 files, 2.9 MiB of 2.9 MiB, done in", prefetch.Out, StringComparison.Ordinal);
        Assert.Matches(@"whole +2023-11-1\d .* two\.txt", (await Ctl.RunAsync(admin.Socket, "ls", "docs:a")).Out);
        Assert.Equal("2.9 MiB of 2 nodes dropped\n", (await Ctl.RunAsync(admin.Socket, "flush", "docs:a")).Out);
    }

    [Fact]
    public async Task An_interrupted_prefetch_says_what_stays_and_cancels_the_work()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Docs.Gate = new();
        using Process child = Ctl.Start(admin.Socket, Ctl.Program, "prefetch", "docs:a", "--json");
        string? line;
        while ((line = await child.StandardOutput.ReadLineAsync().WaitAsync(Patience.Limit)) is not null
            && !line.Contains("\"files_done\":1", StringComparison.Ordinal))
        {
        }
        // Not SIGINT: where it is inherited as ignored, as in some CI, the runtime leaves it ignored.
        _ = Syscall.kill(child.Id, Signum.SIGTERM);
        string error = await child.StandardError.ReadToEndAsync().WaitAsync(Patience.Limit);
        await child.WaitForExitAsync().WaitAsync(Patience.Limit);
        Assert.Contains("interrupted: 1 of 2 files are whole in the cache and stay", error, StringComparison.Ordinal);
        Assert.Equal(1, child.ExitCode);
        await Patience.UntilAsync(() => admin.Docs.Cancelled == 1, "the prefetch to be cancelled");
    }

    [Fact]
    public async Task A_prefetch_with_failures_fails()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string node = JsonDocument.Parse((await Ctl.RunAsync(admin.Socket, "stat", "docs:b.bin", "--json")).Out)
            .RootElement.GetProperty("info").GetProperty("node").GetString()!;
        Assert.Contains("docs:b.bin", (await Ctl.RunAsync(admin.Socket, "stat", "--node", node)).Out, StringComparison.Ordinal);
        admin.Docs.FailWith = Errno.ETIMEDOUT;
        CtlRun run = await Ctl.RunAsync(admin.Socket, "prefetch", "docs:b.bin");
        Assert.Equal(1, run.Status);
        Assert.Contains("ETIMEDOUT", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invalidate_says_how_many_nodes_it_took()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal("1 node invalidated, confirmed by 0 mounts\n", (await Ctl.RunAsync(admin.Socket, "invalidate", "docs:a")).Out);
        Assert.Equal("3 nodes invalidated, confirmed by 0 mounts\n", (await Ctl.RunAsync(admin.Socket, "invalidate", "-r", "docs:a")).Out);
        Assert.StartsWith("5 nodes", (await Ctl.RunAsync(admin.Socket, "invalidate", "--volume", "docs")).Out, StringComparison.Ordinal);
        Assert.StartsWith("0 nodes", (await Ctl.RunAsync(admin.Socket, "invalidate", "docs:never/seen")).Out, StringComparison.Ordinal);
        Assert.Equal(1, (await Ctl.RunAsync(admin.Socket, "invalidate", "--node", "ffff")).Status);
    }

    [Fact]
    public async Task Pins_are_made_listed_and_taken_back()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal(0, (await Ctl.RunAsync(admin.Socket, "pin", "docs:a", "docs:b.bin")).Status);
        Assert.Equal("docs:a\ndocs:b.bin\n", (await Ctl.RunAsync(admin.Socket, "pins")).Out);
        Assert.Equal(0, (await Ctl.RunAsync(admin.Socket, "unpin", "docs:a")).Status);
        CtlRun again = await Ctl.RunAsync(admin.Socket, "unpin", "docs:a");
        Assert.Equal(1, again.Status);
        Assert.Contains("not pinned", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_are_shown_and_changed_and_nonsense_is_refused()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal(0, (await Ctl.RunAsync(admin.Socket, "limits", "--bytes", "2G", "--low", "50")).Status);
        Assert.Equal((2L << 30, 50), (admin.Cache.Limits.Bytes, admin.Cache.Limits.LowPercent));
        Assert.Contains("2.0 GiB", (await Ctl.RunAsync(admin.Socket, "limits")).Out, StringComparison.Ordinal);
        Assert.Equal(1, (await Ctl.RunAsync(admin.Socket, "limits", "--low", "99")).Status);
        Assert.Equal(2, (await Ctl.RunAsync(admin.Socket, "limits", "--bytes", "much")).Status);
    }

    [Fact]
    public async Task Reclaim_frees_what_it_is_told_or_all_and_says_how_much()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal("10 MiB came free\n", (await Ctl.RunAsync(admin.Socket, "reclaim", "10M")).Out);
        Assert.Equal("300 MiB came free\n", (await Ctl.RunAsync(admin.Socket, "reclaim")).Out);
        Assert.Equal("{\"bytes\":4096}\n", (await Ctl.RunAsync(admin.Socket, "reclaim", "4096", "--json")).Out.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(2, (await Ctl.RunAsync(admin.Socket, "reclaim", "0")).Status);
        Assert.Contains("nnpfsctl reclaim 10G", (await Ctl.RunAsync(admin.Socket, "reclaim", "--help")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiters_say_who_waits_for_what()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal("nobody waits\n", (await Ctl.RunAsync(admin.Socket, "waiters")).Out);
        admin.Docs.Waiters.Add(new()
        {
            Volume = "docs",
            MountPoint = "/mnt/d",
            Operation = "GetData",
            Path = OriginPath.Of("a/one.txt"),
            Cause = WaitCause.Origin,
            Since = DateTimeOffset.UtcNow.AddSeconds(-75),
        });
        Assert.Matches(@"1 min 1\d s  GetData  the origin  docs:a/one\.txt  /mnt/d", (await Ctl.RunAsync(admin.Socket, "waiters")).Out);
        admin.Docs.Waiters[0] = admin.Docs.Waiters[0] with { Cause = WaitCause.Retry, Error = Errno.ETIMEDOUT };
        Assert.Contains("  the next try, after ETIMEDOUT  ", (await Ctl.RunAsync(admin.Socket, "waiters")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Top_and_stats_show_rates_without_a_terminal()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Slow.Add(new("docs", OriginPath.Of("a/two.txt"), 0, 65536, TimeSpan.FromSeconds(2), DateTimeOffset.UtcNow, Errno.ETIMEDOUT));
        CtlRun top = await Ctl.RunAsync(admin.Socket, "top", "--count", "2", "--interval", "0.1");
        Assert.Equal((0, ""), (top.Status, top.Error));
        Assert.Matches(@"2\.0 s +64 KiB +[\d.]+ \w+ +docs:a/two\.txt \(ETIMEDOUT\)", top.Out);
        Assert.Contains("nnpfs_cache_bytes 314572800", (await Ctl.RunAsync(admin.Socket, "stats", "--all")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_level_is_shown_and_changed()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal("information, trace of the channel off\n", (await Ctl.RunAsync(admin.Socket, "log-level")).Out);
        Assert.Equal("debug, trace of the channel on\n", (await Ctl.RunAsync(admin.Socket, "log-level", "debug", "--wire", "on")).Out);
        Assert.True(admin.Log.WireTrace);
        Assert.Equal(2, (await Ctl.RunAsync(admin.Socket, "log-level", "loud")).Status);
    }

    [ProgramFact("tar")]
    public async Task A_bug_report_is_an_archive_without_secrets()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string file = admin.ScratchPath("report.tar");
        Assert.Equal(0, (await Ctl.RunAsync(admin.Socket, "bug-report", file)).Status);
        (int status, string text) = ChildProgram.Run("tar", "-xOf", file);
        Assert.Equal(0, status);
        Assert.Contains("origin = https://***@example.org/d?***", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Contains("nnpfs_uptime_seconds", text, StringComparison.Ordinal);
        Assert.Equal(2, (await Ctl.RunAsync(admin.Socket, "bug-report", file)).Status); // it is there: not without --force
    }

    [ProgramFact("tar")]
    public async Task A_bug_report_goes_to_standard_output_as_well_and_into_what_is_no_regular_file()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string pipe = admin.ScratchPath("pipe"), link = admin.ScratchPath("link"), report = $"{Ctl.Program} --socket {admin.Socket} bug-report";
        foreach (string command in (string[])[$"{report} - | tar -tf -", $"mkfifo {pipe}; {report} --force {pipe} >/dev/null & tar -tf {pipe} && test -p {pipe}"])
        {
            (int status, string listing) = ChildProgram.Run("bash", "-o", "pipefail", "-c", command);
            Assert.True(status == 0, listing);
            Assert.Contains("nnpfs-report/versions.txt", listing, StringComparison.Ordinal);
        }
        File.CreateSymbolicLink(link, admin.ScratchPath("target.tar"));
        Assert.Equal(0, (await Ctl.RunAsync(admin.Socket, "bug-report", "--force", link)).Status);
        Assert.True(new FileInfo(admin.ScratchPath("target.tar")).Length > 0 && new FileInfo(link).LinkTarget is not null);
    }

    [Theory]
    [InlineData(2, "nnpfsctl --help", "bogus")]
    [InlineData(2, "Required argument", "pin")]
    [InlineData(2, "no such option", "ls", "--bogus")]
    [InlineData(2, "give one of", "invalidate")]
    [InlineData(2, "not on a mount of nnpfs", "stat", "/etc/passwd")]
    [InlineData(2, "not the number of a node", "stat", "--node", "xyz")]
    [InlineData(1, "there is no such volume, arlad's configuration has: docs, source", "ls", "nothere:")]
    [InlineData(1, "(ENOENT)", "stat", "docs:nothere")]
    [InlineData(1, "(ENOTDIR)", "ls", "docs:b.bin")]
    public async Task Mistakes_have_a_message_and_a_status(int status, string message, params string[] arguments)
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        CtlRun run = await Ctl.RunAsync(admin.Socket, arguments);
        Assert.Equal(status, run.Status);
        Assert.StartsWith("nnpfsctl: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public async Task Without_arlad_the_status_is_three_with_the_cure()
    {
        using var scratch = new Scratch();
        CtlRun run = await Ctl.RunAsync(scratch.Path("no.sock"), "status");
        Assert.Equal(3, run.Status);
        Assert.Contains("Start it with chroot-setup/up", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_command_teaches_with_examples()
    {
        foreach (string command in new[] { "status", "volumes", "ls", "stat", "invalidate", "prefetch", "record", "pin", "unpin", "pins", "flush", "limits", "waiters", "stats", "top", "log-level", "bug-report" })
        {
            CtlRun run = await Ctl.RunAsync("/nowhere", command, "--help");
            Assert.Equal(0, run.Status);
            Assert.Contains("Examples:\n  nnpfsctl " + command, run.Out, StringComparison.Ordinal);
        }
    }
}
