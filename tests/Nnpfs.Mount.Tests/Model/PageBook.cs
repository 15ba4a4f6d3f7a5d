using System.Collections;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>Which pages have been asked for, and so which may have been fetched.</summary>
/// <param name="ahead">bytes behind a read that may be fetched with it</param>
internal sealed class PageBook(long ahead)
{
    /// <summary>Bytes of a page: 1/64 of the volume's block size.</summary>
    public const int Page = (256 << 10) / 64;

    /// <summary>What the volume's small-file says by default: bytes.</summary>
    private const int SmallFile = 64 << 10;

    /// <summary>So many files of a directory were read from their start before its small files are guessed.</summary>
    private const int Walk = 3;

    private readonly Dictionary<FileState, (BitArray Pages, string Directory)> _asked = [];
    private readonly Dictionary<string, HashSet<string>> _begun = []; // files that were read from their start, by directory

    /// <summary>Reads so far.</summary>
    public int Reads { get; private set; }

    /// <param name="file">that is read</param>
    /// <param name="states">that this read can be of</param>
    /// <param name="offset">bytes</param>
    /// <param name="length">bytes</param>
    public void Asked(FileModel file, IEnumerable<FileState> states, long offset, long length)
    {
        Reads++;
        string directory = Path.GetDirectoryName(file.Name)!;
        if (offset < Page)
            BegunIn(directory).Add(file.Name);
        foreach (FileState state in states)
        {
            BitArray pages = PagesOf(state, directory);
            for (long page = offset / Page; page < pages.Length && page * Page < offset + length; page++)
                pages[(int)page] = true;
        }
    }

    public bool MayBeFetched(FileState state, string directory, long page)
    {
        if (state.Size <= SmallFile && BegunIn(directory).Count >= Walk)
            return true;
        BitArray pages = PagesOf(state, directory);
        for (long asked = page; asked >= 0 && page - asked <= ahead / Page; asked--)
        {
            if (pages[(int)asked])
                return true;
        }
        return false;
    }

    /// <summary>Bytes of all pages that may have been fetched, each counted once.</summary>
    /// <param name="states">all that there were</param>
    public long MostBytes(IEnumerable<FileState> states) => states.Sum(state => state.Size <= SmallFile ? state.Size
        : _asked.TryGetValue(state, out (BitArray Pages, string Directory) asked)
            ? Enumerable.Range(0, asked.Pages.Length).Where(page => MayBeFetched(state, asked.Directory, page)).Sum(page => BytesOf(state, page))
            : 0);

    public static long BytesOf(FileState state, long page) => Math.Min(Page, state.Size - (page * Page));

    private HashSet<string> BegunIn(string directory)
    {
        if (!_begun.TryGetValue(directory, out HashSet<string>? begun))
            _begun[directory] = begun = [];
        return begun;
    }

    private BitArray PagesOf(FileState state, string directory)
    {
        if (!_asked.TryGetValue(state, out (BitArray Pages, string Directory) asked))
            _asked[state] = asked = (new BitArray((state.Size + Page - 1) / Page), directory);
        return asked.Pages;
    }
}
