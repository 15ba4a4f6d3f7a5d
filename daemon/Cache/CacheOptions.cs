using Nnpfs.Daemon.Cache.Blocks;

namespace Nnpfs.Daemon.Cache;

/// <summary>Where the cache is and how it behaves; fixed for a run, but for the limits.</summary>
internal sealed record CacheOptions
{
    /// <summary>An existing directory that belongs to arlad alone.</summary>
    public required string Directory { get; init; }

    public CacheLimits Limits { get; init; } = new();

    /// <summary>Permission bits of block files. The directories keep others out; who was handed a descriptor of one may open it anew through /proc,
    /// which is how the driver of an ordinary user's mount hands it on.</summary>
    public uint FileMode { get; init; } = 0x1A4; // 0644

    /// <summary>Permission bits of the directories that hold block files.</summary>
    public uint DirectoryMode { get; init; } = 0x1E8; // 0750

    /// <summary>How long filled pages may wait until they are made to survive a power cut.</summary>
    public TimeSpan CommitEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such wait, where the disk is slow.</summary>
    private static readonly TimeSpan CommitAtLeastEvery = TimeSpan.FromSeconds(10);

    /// <summary>Bytes per second that the background check of cached pages may read; 0 = no such check.</summary>
    public long ScrubRate { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of memory for pages that have no room on a full disk.</summary>
    public long TransientBytes { get; init; } = 32 * 1024 * 1024;

    /// <summary>Puts another disk around each volume's: for tests of order and of failure.</summary>
    public Func<IBlockDisk, IBlockDisk>? WrapDisk { get; init; }

    /// <summary>
    /// A commit that is due waits on while pages keep coming in: its sync would take the disk and the processors from what is
    /// being read.
    /// </summary>
    /// <param name="waited">since the last commit</param>
    /// <param name="cameIn">pages were filled since it last looked</param>
    /// <returns>when to look again; zero: it waits no longer</returns>
    internal TimeSpan LookAgainAfter(TimeSpan waited, bool cameIn) => cameIn && waited < CommitEvery * 5 ? CommitEvery / 4 : TimeSpan.Zero;

    /// <summary>How long to wait after a commit that took so long: a sync slows down what is being filled, so it takes a tenth of the time.</summary>
    internal TimeSpan PauseAfter(TimeSpan commit) =>
        TimeSpan.FromTicks(Math.Max(CommitEvery.Ticks, Math.Min(commit.Ticks * 10, CommitAtLeastEvery.Ticks)));
}
