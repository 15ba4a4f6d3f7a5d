namespace Nnpfs.Driver.Data;

/// <summary>The kernel's rules of how one inode may be open, as the answers that never break them.</summary>
/// <remarks>
/// An open that conflicts fails with EIO: passthrough while one is open cached; while one is open in passthrough, anything but passthrough with
/// the very same backing id. An inode is one version of a file, so no open of it ever wants other bytes.
/// The kernel counts an open as ended before it sends RELEASE: what is held by our count is never less than by its own.
/// SOURCE: fs/fuse/iomode.c, fs/fuse/passthrough.c.
/// </remarks>
internal static class ReadModes
{
    private static readonly ReadMode[,] Answers =
    {
        // an open of what is...   not whole             whole, and in one file
        /* held: not at all */   { ReadMode.Cached,      ReadMode.Passthrough },
        /* held: cached */       { ReadMode.Cached,      ReadMode.Cached },      // until the last of them is released
        /* held: passthrough */  { ReadMode.Passthrough, ReadMode.Passthrough }, // of the file that is held, whatever became of its name
    };

    /// <param name="held">how the inode is open now</param>
    /// <param name="isWhole">every page of the version is in one file that can be opened by name</param>
    public static ReadMode Answer(ReadMode held, bool isWhole) => Answers[(int)held, isWhole ? 1 : 0];
}
