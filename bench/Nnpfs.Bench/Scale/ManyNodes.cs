using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;

namespace Nnpfs.Bench.Scale;

/// <summary>The same tree of 10,000 files, in a cache of its own and in one that holds more and more besides.</summary>
internal sealed class ManyNodes(string folder, ScaleOptions options)
{
    private const int Directories = 100, PerDirectory = 100;
    private const string Tree = "tree";
    private static readonly string[] Volumes = [Tree, Generator.Volume];

    public async Task<IReadOnlyList<Growth>> MeasureAsync()
    {
        using var small = new Site(Path.Combine(folder, "small"), options.Programs);
        using var large = new Site(Path.Combine(folder, "large"), options.Programs);
        foreach (Site site in new[] { small, large })
            Prepare(site);
        small.StartArlad(Volumes, out _);
        List<Growth> points = [];
        foreach (long nodes in new[] { 0, options.Nodes / 100, options.Nodes / 10, options.Nodes }.Where((nodes, i) => i == 0 || nodes > 2 * Directories * PerDirectory))
        {
            ScaleRun.Progress(string.Create(CultureInfo.InvariantCulture, $"  {nodes:N0} nodes"));
            await new Generator(large.Cache).GrowAsync(nodes);
            points.Add(Measure(small, large));
            ScaleRun.Progress("  " + GrowthReport.Row(points[0], points[^1]));
        }
        return points;
    }

    /// <summary>The tree is known and cached, as arlad itself does that.</summary>
    private static void Prepare(Site site)
    {
        string tree = site.Made(Tree);
        byte[] content = new byte[4096];
        foreach (string name in Names())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(tree, name))!);
            File.WriteAllBytes(Path.Combine(tree, name), content);
        }
        site.StartArlad(Volumes, out _);
        (string Path, Process) mount = site.Mount(Tree);
        foreach (string name in Names())
            File.ReadAllBytes(Path.Combine(mount.Path, name));
        site.Unmount(mount);
        site.StopArlad();
    }

    private Growth Measure(Site small, Site large)
    {
        Figure warm = Started(large, cold: false), cold = Started(large, cold: true);
        List<double> times = [], ratios = [];
        large.StartArlad(Volumes, out _);
        for (int round = -1; round < options.Rounds; round++) // the first is to warm up
        {
            double of = StatAll(small, round), to = StatAll(large, round);
            if (round < 0)
                continue;
            times.Add(to * 1e6 / (Directories * PerDirectory));
            ratios.Add(to / of);
        }
        var point = new Growth((long)large.Metric("nnpfs_cache_nodes"), (long)large.Metric("nnpfs_cache_blocks"))
        {
            WarmStart = warm,
            ColdStart = cold,
            Lookup = Of("stat", "us", null, times),
            LookupRatio = Of("stat, by a small cache's", "x", 1.5, ratios),
            Resident = ProcessUse.Resident(large.Process),
            IndexBytes = Directory.EnumerateFiles(large.Cache, "index.db*").Sum(path => new FileInfo(path).Length),
        };
        large.StopArlad();
        return point;
    }

    private Figure Started(Site site, bool cold)
    {
        List<double> seconds = [];
        for (int round = 0; round < options.Rounds; round++)
        {
            if (cold)
                Clock.DropCaches();
            site.StartArlad(Volumes, out double status);
            seconds.Add(status);
            site.StopArlad();
        }
        return Of(cold ? "start, cold" : "start, warm", "s", 2, seconds);
    }

    /// <summary>A mount that knows nothing asks for every name by itself: no directory is listed.</summary>
    private static double StatAll(Site site, int seed)
    {
        (string Path, Process) mount = site.Mount(Tree);
        string[] names = [.. Names()];
        new Random(seed).Shuffle(names);
        double seconds = Clock.Time(
            () =>
            {
                foreach (string name in names)
                {
                    if (Syscall.lstat($"{mount.Path}/{name}", out _) != 0)
                        throw new IOException($"{name}: {Stdlib.GetLastError()}");
                }
            },
            cold: false);
        site.Unmount(mount);
        return seconds;
    }

    private static Figure Of(string name, string unit, double? goal, IReadOnlyList<double> values) => new(name, unit, goal, AtMost: true, values);

    private static IEnumerable<string> Names() =>
        from directory in Enumerable.Range(0, Directories)
        from file in Enumerable.Range(0, PerDirectory)
        select string.Create(CultureInfo.InvariantCulture, $"d{directory:d3}/f{file:d3}.dat");
}
