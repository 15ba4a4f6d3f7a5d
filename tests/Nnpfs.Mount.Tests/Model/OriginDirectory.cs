namespace Nnpfs.Mount.Tests.Model;

/// <summary>The directory origin of a run, and the one who changes it.</summary>
internal sealed class OriginDirectory(string root, Random random)
{
    private const int MaxSize = 1_500_000;
    private ulong _lastSeed;

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
        if (random.Next(2) == 0)
        {
            File.WriteAllBytes(At(file), state.Bytes(0, size));
        }
        else
        {
            File.WriteAllBytes(root + ".new", state.Bytes(0, size));
            File.Move(root + ".new", At(file), overwrite: true);
        }
        file.Become(state);
    }

    public void Remove(FileModel file)
    {
        if (file.Current is null)
            return;
        File.Delete(At(file));
        file.Become(null);
    }

    private string At(FileModel file) => Path.Combine(root, file.Name);
}
