namespace Nnpfs.Daemon.Volumes;

/// <summary>One mount of a volume, for people.</summary>
/// <param name="MountPoint">as the driver named it</param>
/// <param name="Process">the driver's process, as arlad sees it: 0 where it is in another PID namespace</param>
/// <param name="User">the driver's user</param>
/// <param name="Since">when it connected</param>
/// <param name="Waiting">its calls in flight</param>
/// <param name="ByDescriptor">it may not open block files by name, and is handed each</param>
internal sealed record MountReport(
    string MountPoint, int Process, uint User, DateTimeOffset Since, int Waiting, bool ByDescriptor);
