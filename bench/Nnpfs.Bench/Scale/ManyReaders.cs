using System.Diagnostics;
using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Bench.Scale;

/// <summary>Very many readers at once, each of a file of its own, or all of one; for the first time, and again.</summary>
internal sealed class ManyReaders(Site site)
{
    private const int Files = 256, FileSize = 1 << 20, OfOne = 64, OneSize = 128 << 20;

    public IEnumerable<Figure> Measure()
    {
        string origin = site.Made("read");
        var random = new Random(1);
        byte[] piece = new byte[FileSize];
        foreach (int set in Enumerable.Range(0, 2))
        {
            Directory.CreateDirectory(Path.Combine(origin, SetOf(set)));
            foreach (int file in Enumerable.Range(0, Files))
            {
                random.NextBytes(piece);
                File.WriteAllBytes(Path.Combine(origin, NameOf(set, file)), piece);
            }
        }
        using (FileStream one = File.Create(Path.Combine(origin, "one")))
        {
            for (int at = 0; at < OneSize; at += piece.Length)
            {
                random.NextBytes(piece);
                one.Write(piece);
            }
        }
        site.StartArlad(["read"], out _);
        string mount = site.Mount("read").Path;
        // The same amount, by one reader that takes one file after the other.
        double alone = Clock.Time(() => ReadTogether([Together(mount, 0)]), cold: true);
        List<double> waits = [];
        double together = Clock.Time(() => waits = ReadTogether([.. Enumerable.Range(0, Files).Select(file => new[] { Path.Combine(mount, NameOf(1, file)) })]), cold: true);
        yield return new Figure($"{Files} readers on {Files} files of 1 MiB, first read", "x of one reader's speed", null, AtMost: false, [alone / together]);
        yield return new Figure("the slowest of them", "x of the median", null, AtMost: true, [waits.Max() / waits.Order().ElementAt(Files / 2)]);
        alone = Clock.Time(() => ReadTogether([Together(mount, 0)]), cold: true);
        together = Clock.Time(() => ReadTogether([.. Enumerable.Range(0, Files).Select(file => new[] { Path.Combine(mount, NameOf(1, file)) })]), cold: true);
        yield return new Figure($"{Files} readers on {Files} files of 1 MiB, cached", "x of one reader's speed", null, AtMost: false, [alone / together]);

        double before = site.Metric("nnpfs_origin_bytes_total");
        Clock.Time(() => ReadTogether([.. Enumerable.Repeat(new[] { Path.Combine(mount, "one") }, OfOne)]), cold: true);
        double fetched = site.Metric("nnpfs_origin_bytes_total") - before;
        yield return new Figure($"{OfOne} readers on one file of 128 MiB, first read: fetched", "x of its size", 1, AtMost: true, [fetched / OneSize]);
        yield return new Figure("arlad resident, at its most", "MiB", null, AtMost: true, [ProcessUse.Peak(site.Process)]);
    }

    /// <summary>A thread for each list of files; each reads its own from start to end.</summary>
    /// <returns>seconds of each</returns>
    private static List<double> ReadTogether(string[][] readers)
    {
        double[] seconds = new double[readers.Length];
        var failures = new List<Exception>();
        Thread[] threads = [.. readers.Select((paths, i) => new Thread(() =>
        {
            try
            {
                long start = Stopwatch.GetTimestamp();
                foreach (string path in paths)
                    Workloads.ReadAll(path, 128 << 10);
                seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
            catch (IOException failure)
            {
                lock (failures)
                    failures.Add(failure);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return failures.Count == 0 ? [.. seconds] : throw new AggregateException(failures);
    }

    private static string[] Together(string mount, int set) => [.. Enumerable.Range(0, Files).Select(file => Path.Combine(mount, NameOf(set, file)))];

    private static string SetOf(int set) => set.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(int set, int file) => string.Create(CultureInfo.InvariantCulture, $"{set}/f{file:d3}");
}
