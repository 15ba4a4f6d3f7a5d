namespace Nnpfs.Bench;

/// <summary>One thing that is measured on a tree: the same work on the native directory and on the mount.</summary>
/// <param name="Name">as the table prints it</param>
/// <param name="Cold">the kernel's caches are dropped before each run</param>
/// <param name="Goal">least ratio of native's time to the mount's that is asked for; null = measured only</param>
/// <param name="Run">does the work below the directory that it is given</param>
internal sealed record Workload(string Name, bool Cold, double? Goal, Action<string> Run);
