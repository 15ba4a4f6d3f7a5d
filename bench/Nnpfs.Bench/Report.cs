using System.Globalization;
using System.Text;

namespace Nnpfs.Bench;

/// <summary>Prints the figures as tables of Markdown.</summary>
internal static class Report
{
    public static string Tables(IReadOnlyList<Figure> figures)
    {
        var text = new StringBuilder();
        Figure[] compared = [.. figures.Where(figure => figure.Of.Length > 0)], single = [.. figures.Where(figure => figure.Of.Length == 0)];
        if (compared.Length > 0)
            AddCompared(text, compared);
        if (single.Length > 0)
            AddSingle(text, single);
        return text.ToString();
    }

    public static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>A row per measurement, a column per target: the median, the spread, and a mark where a goal was missed.</summary>
    private static void AddCompared(StringBuilder text, Figure[] figures)
    {
        string[] targets = [.. figures.Select(figure => figure.Of).Distinct()];
        text.AppendLine(CultureInfo.InvariantCulture, $"| what | unit | {string.Join(" | ", targets)} | goal |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|---|{string.Concat(targets.Select(_ => "---:|"))}---|");
        foreach (IGrouping<string, Figure> row in figures.GroupBy(figure => figure.Name))
        {
            string cells = string.Join(" | ", targets.Select(target => Cell(row.FirstOrDefault(figure => figure.Of == target))));
            string goals = string.Join(", ", row.Where(figure => figure.Goal is not null).Select(Goal));
            text.AppendLine(CultureInfo.InvariantCulture, $"| {row.Key} | {row.First().Unit} | {cells} | {goals} |");
        }
        text.AppendLine();
    }

    private static string Cell(Figure? figure) => figure switch
    {
        null => "",
        { Values.Count: 1 } => Number(figure.Median),
        { Values.Count: < 5 } => $"{Number(figure.Median)} ({Number(figure.Least)} to {Number(figure.Most)} in {figure.Values.Count})",
        _ => $"{Number(figure.Median)} ({Number(figure.Least)} to {Number(figure.Most)})",
    };

    private static string Goal(Figure figure) =>
        $"{figure.Of} {(figure.AtMost ? "<=" : ">=")} {Number(figure.Goal!.Value)}: {(figure.Reached == true ? "yes" : "no")}";

    private static void AddSingle(StringBuilder text, Figure[] figures)
    {
        text.AppendLine("| what | median | least to most | unit | goal | reached |").AppendLine("|---|---:|---:|---|---:|---|");
        foreach (Figure f in figures)
        {
            string goal = f.Goal is { } value ? $"{(f.AtMost ? "<=" : ">=")} {Number(value)}" : "";
            string reached = f.Reached switch { true => "yes", false => "no", null => "" };
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {f.Name} | {Number(f.Median)} | {Number(f.Least)} to {Number(f.Most)} | {f.Unit} | {goal} | {reached} |");
        }
    }
}
