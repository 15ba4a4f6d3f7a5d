using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Control;

/// <summary>A run that is recorded, and fetched ahead of the next one.</summary>
public sealed class RecordTests
{
    private static readonly byte[] Large = Pattern.Bytes(3_000_000), Small = Pattern.Bytes(5000);

    [MountFact]
    public async Task What_a_recorded_run_fetched_is_there_after_a_prefetch_from_it_and_nothing_else_is()
    {
        await using var server = new FaultServer();
        server.Files["app/large"] = new(Large, "\"one\"");
        server.Files["app/small"] = new(Small, "\"two\"");
        server.Files["app/unread"] = new(Large, "\"three\"");
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = server.Url, VolumeSettings = "max-ahead = 0\nsmall-file = 0" });
        string run = mount.Arlad.Scratch.Path("app.run");

        await mount.Arlad.CommandAsync("record", "start");
        await RunAsync(mount);
        Assert.Contains("written to", await mount.Arlad.CommandAsync("record", "stop", run), StringComparison.Ordinal);
        await mount.Arlad.CommandAsync("flush", "--volume", TestMount.Volume);
        double before = await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total");
        Assert.Contains("done in", await mount.Arlad.CommandAsync("prefetch", "--from", run), StringComparison.Ordinal);
        double fetched = await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total");
        mount.DropKernelCache();
        await RunAsync(mount);

        Assert.Equal(fetched, await mount.Arlad.MetricAsync("nnpfs_origin_bytes_total"));
        Assert.InRange(fetched - before, Small.Length + 65536, Small.Length + (3 * 65536)); // two pages of the one, the other whole
    }

    [MountFact]
    public async Task A_recording_for_which_the_disk_has_no_room_is_printed_and_leaves_no_file()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllBytes($"{origin}/small", Small) });
        await mount.Arlad.CommandAsync("record", "start");
        await mount.ReadFileAsync("small");
        string full = mount.Arlad.Scratch.Directory("full"), ctl = $"{ChildProgram.Locate("nnpfsctl")} record stop --socket {mount.Arlad.Admin}";

        (int status, string said) = await ChildProgram.RunAsync("unshare", "--mount", "sh", "-c", $"""
            mount -t tmpfs -o size=4k none {full} && head -c 4096 /dev/zero >{full}/filler || exit 99
            {ctl} {full}/run; status=$?
            [ "$(ls {full})" = filler ] && echo "no file is left"
            exit $status
            """);

        Assert.True(status == 1, said);
        Assert.Contains("cannot be written: No space left", said, StringComparison.Ordinal);
        Assert.Contains("printed instead", said, StringComparison.Ordinal);
        Assert.Contains("\"path\":\"small\"", said.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("no file is left", said, StringComparison.Ordinal);
    }

    [MountFact]
    public async Task A_recording_that_was_not_begun_and_a_file_that_is_none_are_clear_errors()
    {
        await using TestMount mount = await TestMount.StartAsync();
        string path = mount.Arlad.Scratch.Path("not-a-run");
        File.WriteAllText(path, "{}\n");

        (int status, string said) = await mount.Arlad.ControlAsync("record", "stop", mount.Arlad.Scratch.Path("app.run"));
        Assert.Equal(1, status);
        Assert.Contains("nnpfsctl record start", said, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(mount.Arlad.Scratch.Root, "app.run*"));
        (status, said) = await mount.Arlad.ControlAsync("record", "stop", mount.Arlad.Scratch.Path("no-directory/app.run"));
        Assert.Equal(2, status);
        Assert.Contains("no-directory/app.run cannot be written", said, StringComparison.Ordinal);
        (status, said) = await mount.Arlad.ControlAsync("prefetch", "--from", path);
        Assert.Equal(2, status);
        Assert.Contains("not-a-run:1: not a line of a recorded run", said, StringComparison.Ordinal);
        (status, said) = await mount.Arlad.ControlAsync("prefetch");
        Assert.Equal(2, status);
        Assert.Contains("--from", said, StringComparison.Ordinal);
    }

    private static async Task RunAsync(TestMount mount)
    {
        Assert.Equal(Large[1_000_000..1_004_096], (await mount.TryReadAsync("app/large", 1_000_000, 4096)).Value);
        Assert.Equal(Large[..4096], (await mount.TryReadAsync("app/large", 0, 4096)).Value);
        Assert.Equal(Small, await mount.ReadFileAsync("app/small"));
    }
}
