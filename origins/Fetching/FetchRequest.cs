namespace Nnpfs.Origins.Fetching;

/// <summary>Somebody wants the pages of [Offset, Offset + Length).</summary>
/// <param name="Offset">bytes from the start of the content</param>
/// <param name="Length">bytes; what lies beyond the end is cut off</param>
/// <param name="Stream">names one open file of one mount, whose reads are judged together; 0 = judge nothing, fetch nothing ahead</param>
/// <param name="Background">nobody waits for it now (a prefetch): readers and windows go first</param>
/// <param name="Progress">told what it waits for; null = nobody asks</param>
public readonly record struct FetchRequest(long Offset, long Length, ulong Stream = 0, bool Background = false, FetchProgress? Progress = null);

/// <summary>How a fetch ended.</summary>
/// <param name="Errno">zero: every page asked for was filled; ECANCELED, ESTALE, ENOSPC, EIO, or what the origin answered</param>
/// <param name="Mark">bytes: the reader's first read at or past it shall call <see cref="PageFetcher.AheadAsync"/>; 0 = there is no mark</param>
/// <param name="AheadEnd">bytes: what lies before this is filled or being fetched for this reader; 0 = nothing is fetched ahead</param>
public readonly record struct FetchResult(Errno Errno, long Mark = 0, long AheadEnd = 0);
