using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Usage;

/// <summary>What a log says when nothing is wrong.</summary>
public sealed class QuietLogsTests
{
    [MountFact]
    public async Task A_start_a_read_and_a_stop_leave_no_warning()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllText($"{origin}/file", "x") });
        await mount.ReadFileAsync("file");
        await mount.Arlad.CommandAsync("status");
        await mount.UnmountAsync();
        await mount.Arlad.StopAsync();

        string[] lines = [.. mount.Arlad.Program.Output.Split('\n'), .. mount.Driver.Output.Split('\n')];
        Assert.Equal("", string.Join('\n', lines.Where(line => !line.Contains(" INF ", StringComparison.Ordinal))));
        Assert.True(lines.Length < 20, string.Join('\n', lines));
    }
}
