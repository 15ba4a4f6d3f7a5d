namespace Nnpfs.Bench;

/// <summary>The least ratio that is asked for, in one mode.</summary>
/// <param name="Mode">a mode's name</param>
/// <param name="AtLeast">native's time by the mount's</param>
internal readonly record struct Goal(string Mode, double AtLeast);
