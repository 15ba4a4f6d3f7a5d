using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using Nnpfs.Posix;

namespace Nnpfs.Bench;

/// <summary>The list of what is measured against the native directory.</summary>
internal static class Workloads
{
    private const int RandomReads = 50_000, ColdRandomReads = 2_000;

    public static IReadOnlyList<Workload> Against { get; } =
    [
        new("sequential 1 MiB, page cache warm", root => ReadAll(Large(root), 1 << 20), new Goal(Mode.Default, 0.97)) { OnLarge = true },
        new("random 4 KiB, page cache warm", root => ReadRandom(Large(root), RandomReads), new Goal(Mode.Default, 0.97)) { OnLarge = true },
        new("mmap, page cache warm", root => ReadMapped(Large(root)), new Goal(Mode.Default, 0.95)) { OnLarge = true },
        new("sequential 1 MiB, page cache cold", root => ReadAll(Large(root), 1 << 20), new Goal(Mode.Default, 0.95)) { OnLarge = true, Cold = true },
        new("random 4 KiB, page cache cold", root => ReadRandom(Large(root), ColdRandomReads), new Goal(Mode.Default, 0.95)) { OnLarge = true, Cold = true },
        new("stat of 10,000 files, warm", StatAll, new Goal(Mode.Default, 0.9)),
        new("find -size over 10,000 files, warm", Find, new Goal(Mode.Default, 0.9)),
        new("find -size over 10,000 files, cold", Find) { Cold = true },
        new("readdir of 100 directories, warm", ListAll, new Goal(Mode.Default, 0.8)),
        new("open, read, close 10,000 files, warm", ReadSmall, new Goal(Mode.Default, 0.2), new Goal(Mode.Elide, 0.7)),
        new("open, read, close 10,000 files, cold", ReadSmall) { Cold = true },
        new("grep -r over a source tree, warm", Grep, new Goal(Mode.Elide, 0.8)),
        new("grep -r over a source tree, cold", Grep) { Cold = true },
        new("tar of a source tree, warm", root => Child("tar", "-cf", "/dev/zero", "-C", root, Tree.Source), new Goal(Mode.Elide, 0.8)),
    ];

    public static void ReadAll(string path, int size)
    {
        using SafeFd file = Open(path);
        byte[] buffer = new byte[size];
        long offset = 0;
        while (Must(Files.ReadAt(file, buffer, offset), path) is var count and > 0)
            offset += count;
    }

    private static void ReadRandom(string path, int reads)
    {
        using SafeFd file = Open(path);
        long pages = new FileInfo(path).Length / 4096;
        byte[] buffer = new byte[4096];
        var random = new Random(1);
        for (int i = 0; i < reads; i++)
            Must(Files.ReadAt(file, buffer, random.NextInt64(pages) * 4096), path);
    }

    private static void ReadMapped(string path)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte[] buffer = new byte[1 << 20];
        for (ulong offset = 0; offset + (ulong)buffer.Length <= view.SafeMemoryMappedViewHandle.ByteLength; offset += (ulong)buffer.Length)
            view.SafeMemoryMappedViewHandle.ReadSpan(offset, buffer.AsSpan());
    }

    private static void Find(string root) => Child("find", Path.Combine(root, Tree.Small), "-size", "+1M");

    private static void Grep(string root) => Child("grep", "-rc", "no such text", Path.Combine(root, Tree.Source));

    private static string Large(string root) => Path.Combine(root, Tree.Large);

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

    public static void ReadSmall(string root)
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
        if (child.ExitCode > (program == "grep" ? 1 : 0)) // grep: nothing was found
            throw new InvalidOperationException($"{program} ended with status {child.ExitCode}");
    }

    private static SafeFd Open(string path) => Must(Files.Open(path, OpenModes.ReadOnly), path);

    private static T Must<T>(Result<T> result, string path) =>
        result.IsOk ? result.Value : throw new IOException($"{path}: {result.Errno}");
}
