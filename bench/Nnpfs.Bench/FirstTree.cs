using System.Diagnostics;
using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Bench;

/// <summary>Small files that are read for the first time where each request costs a round trip.</summary>
internal sealed class FirstTree(Options options, Programs programs, Curl curl, DelayRelay relay)
{
    /// <summary>The volumes of the two ways through the tree.</summary>
    public const string Listed = "listed", Named = "named";

    private const int Sample = 100; // requests one after the other

    public IEnumerable<Figure> Measure()
    {
        yield return Tree10K("as its directories list it", programs.Mount(Listed, "first", "").Path, directory => Directory.EnumerateFiles(directory));
        yield return Tree10K("by names that are known", programs.Mount(Named, "first", "").Path, NamesIn);
    }

    /// <summary>Files in no order, so that none was guessed.</summary>
    public IEnumerable<Figure> FirstBytes()
    {
        string mount = programs.Mount("far8", "tree", "").Path;
        var times = new List<double>();
        byte[] buffer = new byte[4096];
        string[] paths = [.. Directory.EnumerateFiles(Path.Combine(mount, Tree.Source, "m00"))];
        new Random(3).Shuffle(paths);
        foreach (string path in paths.Take(2 * options.Rounds))
        {
            long start = Stopwatch.GetTimestamp();
            using (SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value)
                FirstTouch.Must(Files.ReadAt(file, buffer, 0));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / relay.Delay.TotalMilliseconds);
        }
        yield return new Figure("first byte of a cold file, 20 ms away", "round trips", 1.5, AtMost: true, times);
    }

    /// <summary>Each round a part of the tree, and before it a sample of the same files by curl.</summary>
    private Figure Tree10K(string how, string mount, Func<string, IEnumerable<string>> files)
    {
        var ratios = new List<double>();
        foreach (int[] part in Enumerable.Range(0, Tree.Directories).Chunk(Tree.Directories / options.Rounds).Take(options.Rounds))
        {
            Uri[] sample = [.. NamesIn(DirectoryAt(part[0])).Take(Sample).Select(name => new Uri(relay.Url, name))];
            double each = curl.Run(1, [.. sample.Select(url => (url, (string?)null))]) / sample.Length;
            double ours = Clock.Time(() => ReadAll(part.SelectMany(directory => files(Path.Combine(mount, DirectoryAt(directory)))), part.Length), cold: false);
            ratios.Add(each * part.Length * Tree.FilesPerDirectory / ours);
        }
        return new Figure($"10,000 files of 4 KiB, first read, 20 ms away, {how}", "x of one request after the other", 5, AtMost: false, ratios);
    }

    private static string DirectoryAt(int directory) => string.Create(CultureInfo.InvariantCulture, $"{Tree.Small}/d{directory:d3}");

    private static IEnumerable<string> NamesIn(string directory) =>
        Enumerable.Range(0, Tree.FilesPerDirectory).Select(file => string.Create(CultureInfo.InvariantCulture, $"{directory}/f{file:d3}.dat"));

    private static void ReadAll(IEnumerable<string> files, int directories)
    {
        byte[] buffer = new byte[Tree.SmallSize * 2];
        int count = 0;
        foreach (string path in files)
        {
            using SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value;
            if (FirstTouch.Must(Files.ReadAt(file, buffer, 0)) != Tree.SmallSize)
                throw new InvalidDataException($"{path} is short");
            count++;
        }
        if (count != directories * Tree.FilesPerDirectory)
            throw new InvalidDataException($"{count} files were seen");
    }
}
