namespace Nnpfs.Mount.Tests.Model;

/// <summary>The files of a run's origin, and the one who changes them.</summary>
/// <param name="root">what is served</param>
/// <param name="random">of the run</param>
/// <param name="isServedByWeb">
/// A web server tells versions by seconds, so each gets one of its own; and a file that is written in place while it is sent has no version
/// at all, so files are replaced.
/// </param>
internal sealed class OriginDirectory(string root, Random random, bool isServedByWeb)
{
    /// <summary>Bytes of the largest file.</summary>
    public const int MaxSize = 1_500_000;

    private static readonly DateTime FirstChange = DateTime.UtcNow.AddDays(-30);

    private readonly Dictionary<ulong, FileState> _states = [];
    private ulong _lastSeed;

    public bool IsRemote => isServedByWeb;

    public IReadOnlyList<FileModel> Files { get; } =
        [.. from directory in (string[])["a", "a/deep", "b"] from file in Enumerable.Range(0, 6) select new FileModel($"{directory}/f{file}")];

    public void Fill()
    {
        foreach (FileModel file in Files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(file))!);
            if (random.Next(6) != 0)
                Change(file);
            file.Known();
        }
    }

    /// <summary>New content: in place, or by a rename over the old file.</summary>
    public void Change(FileModel file)
    {
        int size = random.Next(4) == 0 ? random.Next(20) : random.Next(MaxSize);
        var state = new FileState(++_lastSeed, size);
        _states.Add(state.Seed, state);
        if (random.Next(2) == 0 && !isServedByWeb)
        {
            File.WriteAllBytes(At(file), state.Bytes(0, size));
        }
        else
        {
            File.WriteAllBytes(root + ".new", state.Bytes(0, size));
            if (isServedByWeb)
                File.SetLastWriteTimeUtc(root + ".new", FirstChange.AddMinutes(_lastSeed));
            File.Move(root + ".new", At(file), overwrite: true);
        }
        file.Become(state);
    }

    /// <summary>All that there were.</summary>
    public IReadOnlyCollection<FileState> States => _states.Values;

    /// <summary>The state whose time a web server told.</summary>
    public FileState StateOf(DateTime modified) => _states[(ulong)Math.Round((modified - FirstChange).TotalMinutes)];

    public void Remove(FileModel file)
    {
        if (file.Current is null)
            return;
        File.Delete(At(file));
        file.Become(null);
    }

    private string At(FileModel file) => Path.Combine(root, file.Name);
}
