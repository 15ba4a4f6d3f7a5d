using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>One block of one version in memory: its file, its map, and how far each page has come.</summary>
/// <remarks>Everything is guarded by the gate of its <see cref="Content"/>, but for <see cref="Writing"/>, which is taken first.</remarks>
internal sealed class Block
{
    /// <summary>Held around a write to the file, so that no two writes and no move to memory happen at once.</summary>
    public Lock Writing { get; } = new();

    public ulong Generation { get; set; }

    /// <summary>It lies in the version's run, of this generation, at its offset in the content.</summary>
    public bool InRun { get; set; }

    /// <summary>Pages that are filled. INVARIANT: each was written whole; a bit is never taken back while the generation lasts.</summary>
    public ulong Map { get; set; }

    /// <summary>Pages that have bytes in the file, whole or not: they take space.</summary>
    public ulong Touched { get; set; }

    /// <summary>Bytes that the file takes on the disk.</summary>
    public long Bytes { get; set; }

    /// <summary>Sum of each page's bytes so far; null while no page is being filled and none waits for a commit.</summary>
    public uint[]? Sums { get; set; }

    /// <summary>Bytes of each page that were written, from the page's start on without a gap.</summary>
    public int[]? Progress { get; set; }

    /// <summary>Fetches under way. INVARIANT: a block with fetches is never reclaimed.</summary>
    public int Fills { get; set; }

    /// <summary>Open for reading and writing while there are fetches or pages that wait for a commit.</summary>
    public SafeFd? File { get; set; }

    /// <summary>Filled pages wait for the next commit.</summary>
    public bool IsQueued { get; set; }

    /// <summary>In memory for want of room on the disk; never in the index.</summary>
    public bool IsTransient { get; set; }

    /// <summary>A commit uses <see cref="File"/> without the gate.</summary>
    public bool IsSyncing { get; set; }

    /// <summary>Its sync failed: it goes as soon as no fetch is under way.</summary>
    public bool IsDistrusted { get; set; }

    /// <summary>Reclaimed: its file is unlinked.</summary>
    public bool IsGone { get; set; }

    public bool IsIdle => Fills == 0 && !IsQueued && !IsTransient;

    public void BeginFill()
    {
        Fills++;
        Sums ??= new uint[Geometry.PagesPerBlock];
        Progress ??= new int[Geometry.PagesPerBlock];
    }

    /// <summary>Lets go of what only fetches and commits need.</summary>
    public void Rest()
    {
        if (!IsIdle)
            return;
        Close();
        Progress = null;
    }

    /// <summary>Lets go of the file; one that a commit is syncing is closed by the commit.</summary>
    public void Close()
    {
        if (!IsSyncing)
            File?.Dispose();
        File = null;
    }
}
