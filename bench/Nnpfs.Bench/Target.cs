namespace Nnpfs.Bench;

/// <summary>A mount that is measured: one of ours in one mode, or a peer's.</summary>
/// <param name="Name">the column's head</param>
/// <param name="Path">the tree, as this target shows it</param>
/// <param name="LargeOnly">it shows the large file and nothing else</param>
/// <param name="Processes">whose memory and processor time are its cost</param>
internal sealed record Target(string Name, string Path, bool LargeOnly, IReadOnlyList<int> Processes)
{
    public bool IsPeer { get; init; }

    public double Seconds => Processes.Sum(ProcessUse.Seconds);

    public double Resident => Processes.Sum(ProcessUse.Resident);
}
