namespace Nnpfs.Bench;

/// <summary>What reading costs besides time: the programs' own processor time for each GiB, and their memory.</summary>
internal static class Cost
{
    public static IEnumerable<Figure> Measure(IReadOnlyList<Target> targets, long largeSize, int rounds)
    {
        double gib = largeSize / (double)(1L << 30);
        foreach (Target target in targets.Where(target => !target.IsPeer))
        {
            var seconds = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                Clock.DropCaches();
                double before = target.Seconds;
                Workloads.ReadAll(Path.Combine(target.Path, Tree.Large), 1 << 20);
                seconds.Add((target.Seconds - before) / gib);
            }
            yield return new Figure("processor time per GiB read, page cache cold", "s", null, AtMost: true, seconds) { Of = target.Name };
            yield return new Figure("resident, after all of that", "MiB", null, AtMost: true, [target.Resident]) { Of = target.Name };
        }
    }
}
