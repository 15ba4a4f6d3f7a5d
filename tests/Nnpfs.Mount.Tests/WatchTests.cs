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
                async () => (await mount.TryReadFileAsync("state")) is { IsOk: true } read && read.Value.AsSpan().SequenceEqual([(byte)('0' + change)]),
                $"change {change} is seen");
            times.Add(Stopwatch.GetElapsedTime(changed));
        }

        Assert.True(times.Min() < TimeSpan.FromSeconds(1), $"the changes took {string.Join(", ", times)}");
    }
}
