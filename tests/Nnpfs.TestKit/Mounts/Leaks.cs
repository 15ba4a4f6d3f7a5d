namespace Nnpfs.TestKit;

/// <summary>What must be left once nobody uses a mount, and once it is gone: nothing. What is under way has time to end.</summary>
public static class Leaks
{
    private static readonly string[] Gauges =
        ["nnpfs_mounts", "nnpfs_waiters", "nnpfs_origin_requests_in_flight", "nnpfs_cache_reserved_bytes"];

    /// <summary>Of an arlad without mounts: none is known, nobody waits, nothing is fetched or promised, no block file is open.</summary>
    public static Task CheckAsync(TestArlad arlad) => SettleAsync(
        async () => [.. await LeftAsync(arlad), .. BlockFiles(arlad)],
        () => $"arlad:\n{arlad.Program.Output}");

    /// <summary>Of a mount that nobody uses: no call waits for arlad, no file is open, the kernel has no backing file.</summary>
    public static Task CheckAsync(TestMount mount) => SettleAsync(
        async () =>
        {
            DriverCounters now = await mount.CountersAsync();
            return now is { Waiting: 0, Open: 0, BackingIds: 0 } ? []
                : [$"calls that wait: {now.Waiting}, open files: {now.Open}, backing files: {now.BackingIds}"];
        },
        () => $"nnpfs:\n{mount.Driver.Output}\narlad:\n{mount.Arlad.Program.Output}");

    private static async Task<IEnumerable<string>> LeftAsync(TestArlad arlad)
    {
        MetricsText metrics = await arlad.MetricsAsync();
        return Gauges.Where(gauge => metrics.Sum(gauge) != 0).Select(gauge => $"{gauge}: {metrics.Sum(gauge)}");
    }

    private static IEnumerable<string> BlockFiles(TestArlad arlad) =>
        arlad.Program.OpenFiles().Where(file => file.StartsWith($"{arlad.Cache}/volumes/", StringComparison.Ordinal) && !Directory.Exists(file));

    private static async Task SettleAsync(Func<Task<string[]>> findLeft, Func<string> describe)
    {
        string[] left = [];
        try
        {
            await Patience.UntilAsync(async () => (left = await findLeft()).Length == 0, "nothing is left");
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"left behind:\n{string.Join('\n', left)}\n{describe()}");
        }
    }
}
