namespace Nnpfs.Bench;

/// <summary>One value of the report: the rounds' values and what is said of them.</summary>
/// <param name="Name">what was measured</param>
/// <param name="Unit">of the values: "x of native", "x of curl", "MiB", "ms" ...</param>
/// <param name="Goal">what is asked for; null = measured only</param>
/// <param name="AtMost">the goal is an upper bound</param>
/// <param name="Values">one per round</param>
internal sealed record Figure(string Name, string Unit, double? Goal, bool AtMost, IReadOnlyList<double> Values)
{
    /// <summary>The target that was measured; empty where there is but one.</summary>
    public string Of { get; init; } = "";

    public double Median => Sorted is var sorted && sorted.Length % 2 == 1
        ? sorted[sorted.Length / 2]
        : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;

    public double Least => Values.Min();

    public double Most => Values.Max();

    public bool? Reached => Goal is not { } goal ? null : AtMost ? Median <= goal : Median >= goal;

    private double[] Sorted => [.. Values.Order()];
}
