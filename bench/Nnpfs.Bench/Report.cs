using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Nnpfs.Bench;

/// <summary>Prints the figures as a table of Markdown, and writes them as JSON.</summary>
internal static class Report
{
    public static string Table(IReadOnlyList<Figure> figures)
    {
        var text = new StringBuilder();
        text.AppendLine("| what | median | least to most | unit | goal | reached |").AppendLine("|---|---:|---:|---|---:|---|");
        foreach (Figure f in figures)
        {
            string goal = f.Goal is { } value ? $"{(f.AtMost ? "<=" : ">=")} {Number(value)}" : "";
            string reached = f.Reached switch { true => "yes", false => "no", null => "" };
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {f.Name} | {Number(f.Median)} | {Number(f.Least)} to {Number(f.Most)} | {f.Unit} | {goal} | {reached} |");
        }
        return text.ToString();
    }

    public static void WriteJson(string path, IReadOnlyList<Figure> figures)
    {
        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("format", 1);
        json.WriteString("machine", $"{Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version}");
        json.WriteStartArray("figures");
        foreach (Figure f in figures)
        {
            json.WriteStartObject();
            json.WriteString("name", f.Name);
            json.WriteString("unit", f.Unit);
            json.WriteNumber("median", f.Median);
            if (f.Goal is { } goal)
                json.WriteNumber(f.AtMost ? "at_most" : "at_least", goal);
            json.WriteStartArray("values");
            foreach (double value in f.Values)
                json.WriteNumberValue(value);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.00", CultureInfo.InvariantCulture);
}
