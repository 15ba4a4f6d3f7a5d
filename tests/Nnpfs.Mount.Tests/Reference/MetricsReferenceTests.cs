using Nnpfs.TestKit;

namespace Nnpfs.Mount.Tests.Reference;

/// <summary>docs/metrics.md and what arlad gives to <c>GET /metrics</c> are the same list.</summary>
public sealed class MetricsReferenceTests
{
    private static readonly string[][] Documented = [.. MarkdownTable.Rows("docs/metrics.md")];

    [MountFact]
    public async Task Every_metric_is_documented_with_its_type_and_labels_and_every_documented_one_is_there()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Fill = origin => File.WriteAllBytes($"{origin}/f", new byte[100_000]) });
        await mount.ReadFileAsync("f");
        await mount.StatAsync("absent");
        await mount.InvalidateAsync("f");
        MetricsText metrics = await mount.Arlad.MetricsAsync();

        Assert.Equal(
            Documented.Select(row => (row[0], row[1])).Order(),
            metrics.Types.Order());
        Assert.All(Documented.Where(row => metrics.LabelsOf(row[0]).Any() || row[2].Length == 0), row => Assert.Equal(
            row[2].Split(", ", StringSplitOptions.RemoveEmptyEntries).Order(),
            metrics.LabelsOf(row[0]).Except(row[1] == "histogram" ? ["le"] : []).Order()));
    }
}
