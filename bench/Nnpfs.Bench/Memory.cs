using System.Globalization;

namespace Nnpfs.Bench;

/// <summary>What both programs hold when a great number of nodes is known to them.</summary>
internal static class Memory
{
    private const int Directories = 1000;
    private const int FilesPerDirectory = 100;

    /// <summary>A tree of 100,000 empty files.</summary>
    private static void MakeTree(string root)
    {
        foreach (int directory in Enumerable.Range(0, Directories))
        {
            string path = Path.Combine(root, directory.ToString("d4", CultureInfo.InvariantCulture));
            Directory.CreateDirectory(path);
            foreach (int file in Enumerable.Range(0, FilesPerDirectory))
                File.Create(Path.Combine(path, file.ToString("d3", CultureInfo.InvariantCulture))).Dispose();
        }
    }

    /// <param name="programs">with an arlad that has a volume "many" over <paramref name="root"/></param>
    /// <param name="root">where the tree is made</param>
    public static IEnumerable<Figure> Measure(Programs programs, string root)
    {
        Console.Error.WriteLine("memory");
        MakeTree(root);
        Target target = programs.Mount("many", "walked", "");
        int driver = target.Processes[0], arlad = target.Processes[1];
        long known = Directory.EnumerateFiles(target.Path, "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length + 1);
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
