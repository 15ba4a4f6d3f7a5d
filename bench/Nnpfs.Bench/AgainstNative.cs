using System.Diagnostics;

namespace Nnpfs.Bench;

/// <summary>Runs each workload on the native directory and on each mount in turn, and keeps the ratios pair by pair.</summary>
internal static class AgainstNative
{
    /// <summary>A peer that has taken this long in one row is not run again there: its rounds are fewer, and the row has an end.</summary>
    private static readonly TimeSpan PeerLimit = TimeSpan.FromSeconds(40);

    public static IEnumerable<Figure> Measure(string native, IReadOnlyList<Target> targets, int rounds) =>
        Workloads.Against.SelectMany(workload => Measure(workload, native, targets, rounds));

    private static Figure[] Measure(Workload workload, string native, IReadOnlyList<Target> targets, int rounds)
    {
        Console.Error.WriteLine($"  {workload.Name}");
        Target[] able = [.. targets.Where(target => (workload.OnLarge || !target.LargeOnly) && WarmsUp(workload, target))];
        List<double>[] ratios = [.. able.Select(_ => new List<double>())];
        var taken = new TimeSpan[able.Length];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < able.Length; i++)
            {
                if (able[i].IsPeer && taken[i] > PeerLimit)
                    continue;
                long start = Stopwatch.GetTimestamp();
                double here = Time(workload, native);
                ratios[i].Add(here / Time(workload, able[i].Path));
                taken[i] += Stopwatch.GetElapsedTime(start);
            }
        }
        Figure[] figures =
        [
            .. able.Select((target, i) =>
                new Figure(workload.Name, "x of native", workload.GoalOf(target.Name), AtMost: false, ratios[i]) { Of = target.Name }),
        ];
        Console.Error.WriteLine($"    {string.Join(", ", figures.Select(figure => $"{figure.Of} {Report.Number(figure.Median)}"))}");
        return figures;
    }

    /// <summary>What shall be warm is run once more just before: a machine may reclaim memory that rested while the others ran.</summary>
    private static double Time(Workload workload, string root)
    {
        if (!workload.Cold)
            workload.Run(root);
        return Clock.Time(() => workload.Run(root), workload.Cold);
    }

    /// <summary>
    /// Twice: what the first run makes whole, the second opens as such. A peer that fails has no figure, and says why; ours may
    /// not fail.
    /// </summary>
    private static bool WarmsUp(Workload workload, Target target)
    {
        try
        {
            workload.Run(target.Path);
            workload.Run(target.Path);
            return true;
        }
        catch (Exception failure) when (target.IsPeer)
        {
            Console.Error.WriteLine($"    {target.Name} fails: {failure.Message}");
            return false;
        }
    }
}
