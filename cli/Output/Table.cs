using System.Globalization;

namespace Nnpfs.Cli.Output;

/// <summary>Rows under headings, in columns as wide as their widest cell. Plain text: two spaces between, none at the end of a line.</summary>
/// <param name="columns">headings; one that begins with "&gt;" is aligned to the right</param>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public int Count => _rows.Count;

    public void Add(params object?[] cells) =>
        _rows.Add([.. cells.Select(cell => string.Create(CultureInfo.InvariantCulture, $"{cell}"))]);

    public void Write(Screen screen)
    {
        string[] headings = [.. columns.Select(column => column.TrimStart('>'))];
        int[] widths = [.. headings.Select((heading, i) => _rows.Select(row => row[i].Length).Append(heading.Length).Max())];
        screen.Line(screen.Bold(LineOf(headings, widths)));
        foreach (string[] row in _rows)
            screen.Line(LineOf(row, widths));
    }

    private string LineOf(string[] cells, int[] widths) =>
        string.Join("  ", cells.Select((cell, i) => columns[i].StartsWith('>') ? cell.PadLeft(widths[i]) : cell.PadRight(widths[i]))).TrimEnd();
}
