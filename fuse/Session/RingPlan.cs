using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>Which processor's requests one ring takes, and with how many entries.</summary>
/// <param name="Cpu">where its thread runs</param>
/// <param name="Queues">for each entry, the processor whose requests it takes</param>
/// <param name="Warm">entries that keep their memory whatever they have carried: those used last</param>
internal sealed record RingPlan(int Cpu, IReadOnlyList<ushort> Queues, int Warm)
{
    private const int MostEntries = 512, MostPerCpu = 128, LeastPerCpu = 16, MostWarm = 8, OfflineEntries = 2;

    private static readonly int MostOnRing = FuseRing.MostEntries(InitNegotiation.MostReply);

    /// <summary>The kernel reckons with so many processors that what a ring can hold does not do for all of their queues.</summary>
    /// <param name="online">how many run</param>
    /// <param name="possible">how many there may ever be</param>
    /// <returns>null: it does; else the cause and the cure</returns>
    public static string? WhyNot(int online, int possible) => OfflinePerRing(online, possible) + LeastPerCpu <= MostOnRing ? null
        : $"the kernel reckons with {possible} processors, too many for the {online} that run: nr_cpus=NUMBER on its command line says how many there are";

    /// <summary>A ring for each processor that runs. The kernel wants a queue of every possible one before it uses any: those that do
    /// not run are spread over the others.</summary>
    /// <param name="online">numbers of those that run</param>
    /// <param name="possible">how many there may ever be</param>
    public static IReadOnlyList<RingPlan> For(IReadOnlyList<int> online, int possible)
    {
        int others = OfflinePerRing(online.Count, possible);
        int entries = Math.Min(Math.Clamp(MostEntries / online.Count, LeastPerCpu, MostPerCpu), MostOnRing - others);
        int perOffline = entries + (others * OfflineEntries) <= MostOnRing ? OfflineEntries : 1;
        int[] offline = [.. Enumerable.Range(0, possible).Except(online)];
        return [.. online.Select((cpu, i) => new RingPlan(
            cpu,
            [
                .. Enumerable.Repeat((ushort)cpu, entries),
                .. offline.Where((_, k) => k % online.Count == i).SelectMany(other => Enumerable.Repeat((ushort)other, perOffline)),
            ],
            Math.Max(MostWarm / online.Count, 1)))];
    }

    private static int OfflinePerRing(int online, int possible) => (possible - 1) / online;
}
