namespace Nnpfs.Bench;

/// <summary>One thing that is measured on a tree: the same work on the native directory and on each mount.</summary>
/// <param name="Name">as the table prints it</param>
/// <param name="Run">does the work below the directory that it is given</param>
/// <param name="Goals">what is asked for; in other modes it is measured only</param>
internal sealed record Workload(string Name, Action<string> Run, params Goal[] Goals)
{
    /// <summary>The kernel's caches are dropped before each run.</summary>
    public bool Cold { get; init; }

    /// <summary>It works on the large file alone.</summary>
    public bool OnLarge { get; init; }

    public double? GoalOf(string mode) => Goals.Where(goal => goal.Mode == mode).Select(goal => (double?)goal.AtLeast).FirstOrDefault();
}
