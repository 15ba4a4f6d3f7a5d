using System.Globalization;

namespace Nnpfs.Bench.Scale;

/// <summary>What grows with what: every part by itself, each with an arlad and a folder of its own.</summary>
internal sealed class ScaleRun(ScaleOptions options)
{
    public async Task<int> RunAsync()
    {
        if (options.Measures("nodes"))
            await MeasureNodesAsync();
        List<Figure> figures = [];
        Take(figures, "directory", site => new OneDirectory(site, options.Entries).Measure());
        Take(figures, "readers", site => new ManyReaders(site).Measure());
        Take(figures, "huge", site => new HugeFile(site, options.Rounds).Measure());
        Take(figures, "mounts", site => new ManyMounts(site, options.Mounts).Measure());
        if (figures.Count > 0)
            Console.WriteLine(Report.Tables(figures));
        return 0;
    }

    private async Task MeasureNodesAsync()
    {
        Progress("nodes");
        IReadOnlyList<Growth> points = await new ManyNodes(FolderOf("nodes"), options).MeasureAsync();
        Console.WriteLine(GrowthReport.Table(points));
        if (options.Svg.Length > 0)
            await File.WriteAllTextAsync(options.Svg, GrowthChart.Draw(points));
    }

    private void Take(List<Figure> figures, string part, Func<Site, IEnumerable<Figure>> measure)
    {
        if (!options.Measures(part))
            return;
        Progress(part);
        using var site = new Site(FolderOf(part), options.Programs);
        figures.AddRange(measure(site));
    }

    private string FolderOf(string part) => Directory.CreateDirectory(Path.Combine(options.Work, part)).FullName;

    internal static void Progress(string what) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTime.Now:HH:mm:ss} {what}"));
}
