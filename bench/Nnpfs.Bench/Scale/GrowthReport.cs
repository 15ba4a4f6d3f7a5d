using System.Globalization;
using System.Text;

namespace Nnpfs.Bench.Scale;

/// <summary>Prints the growth as a table of Markdown: a row per number of nodes.</summary>
internal static class GrowthReport
{
    public static string Table(IReadOnlyList<Growth> points)
    {
        var text = new StringBuilder("| nodes | cached | start, warm | start, cold | stat asked of arlad | by a small cache's | index | per node | arlad resident | per node |\n");
        text.Append("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
        foreach (Growth point in points)
            text.AppendLine(Row(points[0], point));
        Growth last = points[^1];
        text.Append(CultureInfo.InvariantCulture, $"\nStart within 2 s: {Verdict(last.WarmStart)} warm, {Verdict(last.ColdStart)} cold. Lookups within 1.5 of a small cache's: {Verdict(last.LookupRatio)}.\n");
        return text.ToString();
    }

    public static string Row(Growth first, Growth point) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {point.Nodes:N0} | {point.Cached:N0} | {Cell(point.WarmStart)} s | {Cell(point.ColdStart)} s | {Cell(point.Lookup)} us | {Cell(point.LookupRatio)} ")
        + string.Create(CultureInfo.InvariantCulture, $"| {point.IndexBytes / 1048576.0:N0} MiB | {point.IndexBytes / point.Nodes} B ")
        + string.Create(CultureInfo.InvariantCulture, $"| {point.Resident:0} MiB | {BytesPerNode(first, point):0} B |");

    /// <summary>Resident bytes for each node beyond those of the smallest cache.</summary>
    public static double BytesPerNode(Growth first, Growth point) =>
        point.Nodes == first.Nodes ? 0 : (point.Resident - first.Resident) * 1048576 / (point.Nodes - first.Nodes);

    private static string Cell(Figure figure) => $"{Report.Number(figure.Median)} ({Report.Number(figure.Least)} to {Report.Number(figure.Most)})";

    private static string Verdict(Figure figure) => figure.Reached == true ? "yes" : "no";
}
