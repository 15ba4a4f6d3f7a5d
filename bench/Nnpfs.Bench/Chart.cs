using System.Globalization;
using System.Text;

namespace Nnpfs.Bench;

/// <summary>Draws the ratios as bars: a group per measurement, a bar per target, from the least to the most a thin line.</summary>
internal static class Chart
{
    private const int LabelWidth = 300, BarsWidth = 560, BarHeight = 11, GroupGap = 12, Top = 46;

    private static readonly string[] Colours = ["#1f5fa8", "#7aa6d8", "#2e8b57", "#d98c2b", "#8d6cab", "#b0b0b0", "#c05a5a", "#6b6b6b", "#333333"];

    /// <param name="figures">those in "x of native" are drawn</param>
    public static string Draw(IReadOnlyList<Figure> figures)
    {
        Figure[] drawn = [.. figures.Where(figure => figure is { Unit: "x of native", Of.Length: > 0 })];
        string[] targets = [.. drawn.Select(figure => figure.Of).Distinct()];
        double scale = Math.Max(1.1, drawn.Select(figure => figure.Median).DefaultIfEmpty(1).Max() * 1.05);
        var body = new StringBuilder();
        int y = Top;
        foreach (IGrouping<string, Figure> group in drawn.GroupBy(figure => figure.Name))
        {
            body.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth - 8}\" y=\"{y + 10}\" text-anchor=\"end\">{group.Key}</text>\n");
            foreach (Figure figure in group)
            {
                AddBar(body, figure, Colours[Array.IndexOf(targets, figure.Of) % Colours.Length], y, scale);
                y += BarHeight;
            }
            y += GroupGap;
        }
        double native = LabelWidth + (BarsWidth / scale);
        body.Append(CultureInfo.InvariantCulture, $"<line x1=\"{native:0}\" x2=\"{native:0}\" y1=\"{Top - 6}\" y2=\"{y - GroupGap}\" stroke=\"#888\" stroke-dasharray=\"3 3\"/>\n");
        return $"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{LabelWidth + BarsWidth + 60}" height="{y}" font-family="sans-serif" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            <text x="{LabelWidth}" y="14">speed as a ratio to the native directory (dashed: equal); medians, least to most</text>
            {Legend(targets)}{body}</svg>

            """;
    }

    private static void AddBar(StringBuilder body, Figure figure, string colour, int y, double scale)
    {
        double unit = BarsWidth / scale, middle = y + (BarHeight / 2.0);
        double most = Math.Min(figure.Most, scale);
        body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{y}\" width=\"{figure.Median * unit:0.0}\" height=\"{BarHeight - 2}\" fill=\"{colour}\"/>");
        body.Append(CultureInfo.InvariantCulture, $"<line x1=\"{LabelWidth + (figure.Least * unit):0.0}\" x2=\"{LabelWidth + (most * unit):0.0}\" y1=\"{middle:0.0}\" y2=\"{middle:0.0}\" stroke=\"black\"/>");
        body.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + (Math.Max(figure.Median, most) * unit) + 4:0}\" y=\"{y + 9}\">{Report.Number(figure.Median)}</text>\n");
    }

    private static string Legend(string[] targets)
    {
        var legend = new StringBuilder();
        for (int i = 0; i < targets.Length; i++)
        {
            int x = LabelWidth + (i * 90);
            legend.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"22\" width=\"10\" height=\"10\" fill=\"{Colours[i % Colours.Length]}\"/><text x=\"{x + 14}\" y=\"31\">{targets[i]}</text>\n");
        }
        return legend.ToString();
    }
}
