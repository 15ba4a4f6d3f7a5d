using System.Text.Json;

namespace Nnpfs.Bench;

/// <summary>The figures of one run as JSON, to be compared with those of another.</summary>
internal static class FiguresFile
{
    private const int Format = 2;

    public static void Write(string path, IReadOnlyList<Figure> figures)
    {
        using FileStream file = File.Create(path);
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("format", Format);
        json.WriteString("machine", $"{Environment.ProcessorCount} cores, Linux {Environment.OSVersion.Version}");
        json.WriteString("load", File.ReadAllText("/proc/loadavg").Trim());
        json.WriteStartArray("figures");
        foreach (Figure figure in figures)
            Write(json, figure);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The medians of an earlier run, by what was measured and of which target.</summary>
    public static IReadOnlyDictionary<(string Name, string Of), double> ReadMedians(string path)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(path));
        if (file.RootElement.GetProperty("format").GetInt32() != Format)
            throw new InvalidDataException($"{path}: its format is not {Format}; measure it anew");
        return file.RootElement.GetProperty("figures").EnumerateArray().ToDictionary(
            figure => (figure.GetProperty("name").GetString()!, figure.GetProperty("of").GetString()!),
            figure => figure.GetProperty("median").GetDouble());
    }

    /// <summary>A table of what both runs have measured, with the quotient of the medians.</summary>
    public static IEnumerable<string> Compare(IReadOnlyList<Figure> figures, string earlier)
    {
        IReadOnlyDictionary<(string, string), double> before = ReadMedians(earlier);
        yield return "| what | of | unit | before | now | now / before |";
        yield return "|---|---|---|---:|---:|---:|";
        foreach (Figure figure in figures)
        {
            if (before.TryGetValue((figure.Name, figure.Of), out double old))
                yield return $"| {figure.Name} | {figure.Of} | {figure.Unit} | {Report.Number(old)} | {Report.Number(figure.Median)} | {Report.Number(figure.Median / old)} |";
        }
    }

    private static void Write(Utf8JsonWriter json, Figure figure)
    {
        json.WriteStartObject();
        json.WriteString("name", figure.Name);
        json.WriteString("of", figure.Of);
        json.WriteString("unit", figure.Unit);
        json.WriteNumber("median", figure.Median);
        if (figure.Goal is { } goal)
            json.WriteNumber(figure.AtMost ? "at_most" : "at_least", goal);
        json.WriteStartArray("values");
        foreach (double value in figure.Values)
            json.WriteNumberValue(value);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
