using System.Globalization;
using System.Text;

namespace Nnpfs.Bench.Scale;

/// <summary>Draws what grows over the number of nodes, which is on a scale of powers of ten: a panel for each cost, its bound dashed.</summary>
internal static class GrowthChart
{
    private const int Width = 300, Height = 170, Gap = 70, Left = 60, Top = 40;

    public static string Draw(IReadOnlyList<Growth> points)
    {
        (string Title, double? Bound, Func<Growth, double> Value)[] panels =
        [
            ("start, page cache warm, s", 2, point => point.WarmStart.Median),
            ("start, page cache cold, s", 2, point => point.ColdStart.Median),
            ("stat asked of arlad, x of a small cache's", 1.5, point => point.LookupRatio.Median),
            ("index, MiB", null, point => point.IndexBytes / 1048576.0),
            ("arlad resident, MiB", null, point => point.Resident),
        ];
        var body = new StringBuilder();
        for (int i = 0; i < panels.Length; i++)
            AddPanel(body, points, panels[i], Left + (i % 3 * (Width + Gap)), Top + (i / 3 * (Height + Gap)));
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{Left + (3 * (Width + Gap))}" height="{Top + (2 * (Height + Gap))}" font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            {body}</svg>

            """;
    }

    private static void AddPanel(
        StringBuilder body, IReadOnlyList<Growth> points, (string Title, double? Bound, Func<Growth, double> Value) panel, int left, int top)
    {
        double most = Math.Max(points.Max(panel.Value), panel.Bound ?? 0) * 1.15, least = Math.Log10(points[0].Nodes);
        double unit = Width / Math.Max(Math.Log10(points[^1].Nodes) - least, 0.1);
        double X(Growth point) => left + ((Math.Log10(point.Nodes) - least) * unit);
        double Y(double value) => top + Height - (value / most * Height);
        body.Append(CultureInfo.InvariantCulture, $"<text x=\"{left}\" y=\"{top - 10}\" font-weight=\"bold\">{panel.Title}</text>\n");
        body.Append(CultureInfo.InvariantCulture, $"<path d=\"M{left} {top}V{top + Height}H{left + Width}\" fill=\"none\" stroke=\"#888\"/>\n");
        if (panel.Bound is { } bound)
            body.Append(CultureInfo.InvariantCulture, $"<line x1=\"{left}\" x2=\"{left + Width}\" y1=\"{Y(bound):0.0}\" y2=\"{Y(bound):0.0}\" stroke=\"#888\" stroke-dasharray=\"3 3\"/>\n");
        string line = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point):0.0},{Y(panel.Value(point)):0.0}")));
        body.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>\n");
        foreach (Growth point in points)
        {
            double x = X(point), y = Y(panel.Value(point));
            body.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.0}\" cy=\"{y:0.0}\" r=\"3\" fill=\"#1f5fa8\"/>");
            body.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.0}\" y=\"{y - 7:0.0}\" text-anchor=\"middle\">{Report.Number(panel.Value(point))}</text>");
            body.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.0}\" y=\"{top + Height + 15}\" text-anchor=\"middle\">{point.Nodes:N0}</text>\n");
        }
    }
}
