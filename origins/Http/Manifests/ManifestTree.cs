namespace Nnpfs.Origins.Http.Manifests;

/// <summary>The tree that a manifest tells: files with size, time and digest, and the directories that their paths imply.</summary>
/// <remarks>One JSON object a line; empty lines are skipped. A first line { "nnpfs-manifest": 1 } names the format and is optional.</remarks>
internal sealed class ManifestTree
{
    private const int MaxLines = 4_000_000;

    private readonly Dictionary<OriginPath, ManifestLine> _files = [];
    private readonly Dictionary<OriginPath, HashSet<OriginPath>> _children = new() { [OriginPath.Root] = [] };

    private ManifestTree()
    {
    }

    public ManifestLine? File(OriginPath path) => _files.GetValueOrDefault(path);

    public bool IsDirectory(OriginPath path) => _children.ContainsKey(path);

    /// <returns>the paths beneath a directory, one level; null = no directory</returns>
    public IReadOnlyCollection<OriginPath>? Children(OriginPath directory) => _children.GetValueOrDefault(directory);

    /// <summary>All or nothing: a file that is missing because its line was not understood would look as if it had been removed.</summary>
    /// <returns>null, or what is wrong, with the line's number</returns>
    public static string? TryParse(ReadOnlySpan<byte> text, out ManifestTree? tree)
    {
        tree = null;
        var made = new ManifestTree();
        int number = 0;
        foreach (Range range in text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = text[range].Trim(" \t\r"u8);
            if (++number > MaxLines)
                return $"more than {MaxLines} lines";
            if (line.IsEmpty)
                continue;
            if ((IsHeader(line) ? Version(line) : made.Add(line)) is { } wrong)
                return $"line {number}: {wrong}";
        }
        tree = made;
        return null;
    }

    private static bool IsHeader(ReadOnlySpan<byte> line) => line.Length < 64 && line.IndexOf("\"nnpfs-manifest\""u8) >= 0;

    private static string? Version(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> value = line[(line.IndexOf((byte)':') + 1)..].TrimEnd((byte)'}').Trim((byte)' ');
        return value.SequenceEqual("1"u8) ? null : "this version of the manifest's format is not known";
    }

    private string? Add(ReadOnlySpan<byte> text)
    {
        if (ManifestLine.TryParse(text, out ManifestLine? line) is { } wrong)
            return wrong;
        if (line!.IsDirectory)
            return AddDirectory(line.Path);
        if (_children.ContainsKey(line.Path) || !_files.TryAdd(line.Path, line))
            return $"'{line.Path}' was there before";
        return AddDirectory(line.Path.Parent, line.Path);
    }

    /// <summary>Makes a directory and those above it.</summary>
    private string? AddDirectory(OriginPath directory, OriginPath? child = null)
    {
        while (true)
        {
            if (_files.ContainsKey(directory))
                return $"'{directory}' is a file and a directory";
            bool known = _children.TryGetValue(directory, out HashSet<OriginPath>? children);
            if (!known)
                _children[directory] = children = [];
            if (child is { } path)
                children!.Add(path);
            if (known || directory.IsRoot)
                return null;
            (child, directory) = (directory, directory.Parent);
        }
    }
}
