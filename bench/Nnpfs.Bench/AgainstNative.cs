namespace Nnpfs.Bench;

/// <summary>Runs each workload on the native directory and on the mount in turn, and keeps the ratios pair by pair.</summary>
internal static class AgainstNative
{
    public static IEnumerable<Figure> Measure(string native, string mount, int rounds)
    {
        foreach (Workload workload in Workloads.Against)
        {
            Console.Error.WriteLine($"  {workload.Name}");
            workload.Run(mount); // everything is in the cache, and compiled
            workload.Run(native);
            var ratios = new List<double>();
            for (int round = 0; round < rounds; round++)
            {
                double here = Clock.Time(() => workload.Run(native), workload.Cold);
                double there = Clock.Time(() => workload.Run(mount), workload.Cold);
                ratios.Add(here / there);
            }
            yield return new Figure(workload.Name, "x of native", workload.Goal, AtMost: false, ratios);
        }
    }
}
