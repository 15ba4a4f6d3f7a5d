using System.Diagnostics;
using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests;

public sealed class WatchTests
{
    private const int Changes = 5;

    /// <remarks>Every change must be known in the end; that it takes a second at most is asked of the quickest alone, since the machine
    /// may be busy with other things than us.</remarks>
    [MountFact]
    [Claim("S13")]
    public async Task A_change_in_a_directory_origin_is_known_within_a_second()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllText($"{origin}/state", "0") });
        var times = new List<TimeSpan>();
        for (int change = 1; change <= Changes; change++)
        {
            await mount.ReadFileAsync("state");
            long changed = Stopwatch.GetTimestamp();
            await File.WriteAllTextAsync($"{mount.Origin}/state", $"{change}");
            await Patience.UntilAsync(
                async () => (await mount.TryReadFileAsync("state")) is { IsOk: true } read
                    && read.Value.AsSpan().SequenceEqual([(byte)('0' + change)]),
                $"change {change} is seen");
            times.Add(Stopwatch.GetElapsedTime(changed));
        }

        Assert.True(times.Min() < TimeSpan.FromSeconds(1), $"the changes took {string.Join(", ", times)}");
    }

    [MountFact]
    [Claim("S13")]
    public async Task The_times_of_a_directory_that_was_listed_and_not_looked_into_are_known_when_they_change()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => Directory.CreateDirectory($"{origin}/sub") });
        await mount.ListAsync();
        long before = (await mount.StatAsync("sub")).Value.st_mtime_nsec;
        await File.WriteAllTextAsync($"{mount.Origin}/sub/new", "");
        await Patience.UntilAsync(async () => (await mount.StatAsync("sub")).Value.st_mtime_nsec != before, "the new time is seen");
    }

    [MountFact]
    [Claim("S13")]
    public async Task A_write_by_another_name_of_a_file_is_known_after_the_time_of_refresh()
    {
        await using TestMount mount = await TestMount.StartAsync(new()
        {
            VolumeSettings = "refresh = 1s",
            Fill = origin =>
            {
                File.WriteAllText($"{origin}/file", "0");
                Assert.Equal(0, ChildProgram.Run("ln", $"{origin}/file", $"{origin}/../elsewhere").Status);
            },
        });
        await mount.ListAsync();
        Assert.Equal("0"u8.ToArray(), await mount.ReadFileAsync("file"));
        await File.WriteAllTextAsync($"{mount.Origin}/../elsewhere", "1");
        await Patience.UntilAsync(
            async () => (await mount.TryReadFileAsync("file")) is { IsOk: true } read && read.Value.AsSpan().SequenceEqual("1"u8), "the write is seen");
    }
}
