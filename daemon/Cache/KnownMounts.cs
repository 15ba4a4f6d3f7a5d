using System.Text;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache;

/// <summary>The mounts that may hold tokens, as a small durable file: a run of arlad knows from it whom the last one served.</summary>
/// <remarks>
/// A file that is damaged or cannot be read counts as empty: then an invalidation waits for nobody, and the epochs still tell who
/// missed it.
/// </remarks>
internal sealed class KnownMounts
{
    public const string FileName = "mounts";

    private const string Heading = "nnpfs mounts 1";

    private readonly SafeFd _directory;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string[]> _mounts = new(StringComparer.Ordinal); // guarded by _gate; by the name of the volume's directory

    /// <param name="directory">of the cache</param>
    public KnownMounts(SafeFd directory)
    {
        _directory = directory;
        if (DurableFile.Read(directory, FileName).TryGet(out byte[]? bytes, out _))
            Load(Encoding.UTF8.GetString(bytes));
    }

    /// <summary>The ids of a volume's mounts, hexadecimal.</summary>
    public IReadOnlyList<string> Of(string volume)
    {
        lock (_gate)
            return _mounts.GetValueOrDefault(volume, []);
    }

    /// <summary>Replaces a volume's list; it is on the disk when this returns zero.</summary>
    public Errno Set(string volume, IEnumerable<string> ids)
    {
        lock (_gate)
        {
            _mounts[volume] = [.. ids];
            var text = new StringBuilder(Heading).Append('\n');
            foreach ((string name, string[] mounts) in _mounts)
            {
                foreach (string id in mounts)
                    text.Append(name).Append(' ').Append(id).Append('\n');
            }
            return DurableFile.Replace(_directory, FileName, Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    private void Load(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines is not [Heading, .. string[] entries])
            return;
        foreach (IGrouping<string, string[]> volume in entries.Select(line => line.Split(' ')).Where(words => words.Length == 2).GroupBy(words => words[0]))
            _mounts[volume.Key] = [.. volume.Select(words => words[1])];
    }
}
