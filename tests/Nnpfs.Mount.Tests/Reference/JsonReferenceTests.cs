using System.Text.Json;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Reference;

/// <summary>docs/nnpfsctl-json.md and what each command prints with --json are the same fields, with the same types.</summary>
public sealed class JsonReferenceTests
{
    private readonly JsonReference _reference = new();

    [MountFact]
    public async Task Every_command_prints_the_fields_that_are_documented_and_no_other()
    {
        await using TestMount mount = await TestMount.StartAsync(
            new() { Fill = Fill, VolumeSettings = "delay = 200ms\nfault = 100%\nfault-path = bad\nretry = 1\nmax-ahead = 0" });
        Assert.False((await mount.TryReadFileAsync("bad")).IsOk); // a failure to report
        await mount.ReadFileAsync("dir/small");
        await CheckAsync(mount.Arlad, "pin", "test:/dir");
        await CheckWaitersAsync(mount);

        await RunAsync(mount.Arlad, "flush", "test:/dir");
        await RunAsync(mount.Arlad, "record", "start"); // the prefetch below is what it notes

        string[][] calls =
        [
            ["status"], ["volumes"], ["ls", "test:/"], ["stat", "test:/bad"], ["stat", "test:/dir/small"], ["invalidate", "-r", "test:/"],
            ["prefetch", "test:/dir"], ["record", "stop", mount.Arlad.Scratch.Path("app.run")], ["pins"], ["unpin", "test:/dir"], ["flush", "test:/dir"], ["reclaim"], ["limits"], ["waiters"], ["stats"], ["log-level"],
        ];
        foreach (string[] call in calls)
            await CheckAsync(mount.Arlad, call);
        JsonElement report = Assert.Single(await RunAsync(mount.Arlad, "bug-report", mount.Arlad.Scratch.Path("report")));
        Assert.Equal(["bytes"], report.EnumerateObject().Select(field => field.Name));
        JsonElement why = Assert.Single(await RunAsync(mount.Arlad, "why", mount.At("dir/small")));
        Assert.Equal(["path", "mode", "reason"], why.EnumerateObject().Select(field => field.Name));
        JsonElement boosted = Assert.Single(await RunAsync(mount.Arlad, "boosters", mount.Root));
        Assert.Equal(["files", "bytes", "lent", "programs", "mount", "volume"], boosted.EnumerateObject().Select(field => field.Name));

        Assert.Empty(_reference.NotMet);
        // top prints what stats does, on and on.
        Assert.Equal(JsonReference.Commands.Except(["top"]).Order(), calls.Select(call => call[0]).Union(["pin", "bug-report", "why", "boosters"]).Order());
    }

    private static void Fill(string origin)
    {
        Directory.CreateDirectory($"{origin}/dir");
        File.WriteAllBytes($"{origin}/dir/small", new byte[1000]);
        File.WriteAllBytes($"{origin}/bad", new byte[1000]);
        File.WriteAllBytes($"{origin}/large", new byte[2_000_000]);
    }

    /// <summary>Somebody waits while the command looks.</summary>
    private async Task CheckWaitersAsync(TestMount mount)
    {
        Task reader = mount.ReadFileAsync("large");
        JsonElement waiters = default;
        await Patience.UntilAsync(
            async () =>
            {
                waiters = Assert.Single(await RunAsync(mount.Arlad, "waiters"));
                return waiters.GetProperty("waiters").GetArrayLength() > 0 || reader.IsCompleted;
            },
            "a waiter");
        await reader;
        _reference.Check("WaitersReply", waiters);
    }

    private async Task CheckAsync(TestArlad arlad, params string[] call)
    {
        JsonElement[] printed = await RunAsync(arlad, call);
        Assert.NotEmpty(printed);
        foreach (JsonElement one in printed)
            _reference.Check(JsonReference.ObjectOf(call[0]), one);
    }

    private static async Task<JsonElement[]> RunAsync(TestArlad arlad, params string[] call) =>
        [.. (await arlad.CommandAsync([.. call, "--json"])).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}
