namespace Nnpfs.Driver.Session;

/// <summary>Which processor's requests one ring takes, and with how many entries.</summary>
/// <param name="Cpu">where its thread runs</param>
/// <param name="Queues">for each entry, the processor whose requests it takes</param>
/// <param name="Warm">entries that keep their memory whatever they have carried: those used last</param>
internal sealed record RingPlan(int Cpu, IReadOnlyList<ushort> Queues, int Warm)
{
    private const int MostEntries = 512, MostPerCpu = 128, LeastPerCpu = 16, MostWarm = 8, OfflineEntries = 2;

    /// <summary>A ring for each processor that runs. The kernel wants a queue of every possible one before it uses any: those that do
    /// not run are spread over the others.</summary>
    /// <param name="online">numbers of those that run</param>
    /// <param name="possible">how many there may ever be</param>
    public static IReadOnlyList<RingPlan> For(IReadOnlyList<int> online, int possible)
    {
        int entries = Math.Clamp(MostEntries / online.Count, LeastPerCpu, MostPerCpu);
        int[] offline = [.. Enumerable.Range(0, possible).Except(online)];
        return [.. online.Select((cpu, i) => new RingPlan(
            cpu,
            [
                .. Enumerable.Repeat((ushort)cpu, entries),
                .. offline.Where((_, k) => k % online.Count == i).SelectMany(other => Enumerable.Repeat((ushort)other, OfflineEntries)),
            ],
            Math.Max(MostWarm / online.Count, 1)))];
    }
}
