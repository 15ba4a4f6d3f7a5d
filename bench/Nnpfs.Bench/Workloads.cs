using System.Diagnostics;
using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Bench;

/// <summary>The list of what is measured against the native directory.</summary>
internal static class Workloads
{
    private const int RandomReads = 50_000;

    public static IReadOnlyList<Workload> Against { get; } =
    [
        new("sequential 1 MiB, page cache warm", Cold: false, 0.9, root => ReadAll(Path.Combine(root, Tree.Large), 1 << 20)),
        new("random 4 KiB, page cache warm", Cold: false, 0.9, root => ReadRandom(Path.Combine(root, Tree.Large))),
        new("sequential 1 MiB, page cache cold", Cold: true, 0.6, root => ReadAll(Path.Combine(root, Tree.Large), 1 << 20)),
        new("stat of 10,000 files, warm", Cold: false, 0.8, StatAll),
        new("find -size over 10,000 files, warm", Cold: false, 0.8, root => Child("find", Path.Combine(root, Tree.Small), "-size", "+1M")),
        new("find -size over 10,000 files, cold", Cold: true, null, root => Child("find", Path.Combine(root, Tree.Small), "-size", "+1M")),
        new("readdir of 100 directories, warm", Cold: false, 0.8, ListAll),
        new("open, read, close 10,000 files, warm", Cold: false, 0.8, ReadSmall),
        new("open, read, close 10,000 files, cold", Cold: true, null, ReadSmall),
        new("grep -r over a source tree, warm", Cold: false, 0.8, root => Child("grep", "-rc", "no such text", Path.Combine(root, Tree.Source))),
        new("grep -r over a source tree, cold", Cold: true, null, root => Child("grep", "-rc", "no such text", Path.Combine(root, Tree.Source))),
    ];

    public static void ReadAll(string path, int size)
    {
        using SafeFd file = Open(path);
        byte[] buffer = new byte[size];
        long offset = 0;
        while (Must(Files.ReadAt(file, buffer, offset), path) is var count and > 0)
            offset += count;
    }

    public static void ReadRandom(string path)
    {
        using SafeFd file = Open(path);
        long pages = new FileInfo(path).Length / 4096;
        byte[] buffer = new byte[4096];
        var random = new Random(1);
        for (int i = 0; i < RandomReads; i++)
            Must(Files.ReadAt(file, buffer, random.NextInt64(pages) * 4096), path);
    }

    private static void StatAll(string root)
    {
        foreach (string path in SmallFiles(root))
        {
            if (new FileInfo(path).Length != Tree.SmallSize)
                throw new InvalidDataException($"{path} has a wrong size");
        }
    }

    private static void ListAll(string root)
    {
        int count = Directory.EnumerateFiles(Path.Combine(root, Tree.Small), "*", SearchOption.AllDirectories).Count();
        if (count != Tree.Directories * Tree.FilesPerDirectory)
            throw new InvalidDataException($"{root} lists {count} files");
    }

    private static void ReadSmall(string root)
    {
        byte[] buffer = new byte[Tree.SmallSize * 2];
        foreach (string path in SmallFiles(root))
        {
            using SafeFd file = Open(path);
            if (Must(Files.ReadAt(file, buffer, 0), path) != Tree.SmallSize)
                throw new InvalidDataException($"{path} is short");
        }
    }

    private static IEnumerable<string> SmallFiles(string root) =>
        from directory in Enumerable.Range(0, Tree.Directories)
        from file in Enumerable.Range(0, Tree.FilesPerDirectory)
        select string.Create(CultureInfo.InvariantCulture, $"{root}/{Tree.Small}/d{directory:d3}/f{file:d3}.dat");

    private static void Child(string program, params string[] arguments)
    {
        using var child = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        if (child.ExitCode > 1)
            throw new InvalidOperationException($"{program} ended with status {child.ExitCode}");
    }

    private static SafeFd Open(string path) => Must(Files.Open(path, OpenModes.ReadOnly), path);

    private static T Must<T>(Result<T> result, string path) =>
        result.IsOk ? result.Value : throw new IOException($"{path}: {result.Errno}");
}
