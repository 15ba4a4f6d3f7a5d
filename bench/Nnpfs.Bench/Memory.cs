using System.Globalization;

namespace Nnpfs.Bench;

/// <summary>What both programs hold when a great number of nodes is known to them.</summary>
internal static class Memory
{
    private const int Directories = 1000;
    private const int FilesPerDirectory = 100;

    /// <summary>A tree of 100,000 empty files.</summary>
    public static void MakeTree(string root)
    {
        foreach (int directory in Enumerable.Range(0, Directories))
        {
            string path = Path.Combine(root, directory.ToString("d4", CultureInfo.InvariantCulture));
            Directory.CreateDirectory(path);
            foreach (int file in Enumerable.Range(0, FilesPerDirectory))
                File.Create(Path.Combine(path, file.ToString("d3", CultureInfo.InvariantCulture))).Dispose();
        }
    }

    public static IEnumerable<Figure> Measure(string mount, int arlad, int driver)
    {
        long known = Directory.EnumerateFiles(mount, "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length + 1);
        if (known < Directories * FilesPerDirectory)
            throw new InvalidDataException($"only {known} files were seen");
        yield return new Figure("nnpfs resident, 100,000 nodes just walked", "MiB", 80, AtMost: true, [ProcessUse.Resident(driver)]);
        yield return new Figure("arlad resident, 100,000 nodes just walked", "MiB", 150, AtMost: true, [ProcessUse.Resident(arlad)]);
        Thread.Sleep(TimeSpan.FromSeconds(10));
        yield return new Figure("nnpfs resident, ten seconds later", "MiB", 80, AtMost: true, [ProcessUse.Resident(driver)]);
        yield return new Figure("arlad resident, ten seconds later", "MiB", 150, AtMost: true, [ProcessUse.Resident(arlad)]);
        yield return new Figure("nnpfs resident at its most", "MiB", null, AtMost: true, [ProcessUse.Peak(driver)]);
        yield return new Figure("arlad resident at its most", "MiB", null, AtMost: true, [ProcessUse.Peak(arlad)]);
    }
}
