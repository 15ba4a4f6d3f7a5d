using System.Diagnostics;
using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Bench;

/// <summary>Reads of 4 KiB here and there, each of a page that nothing has touched; bytes are counted from the server's own log.</summary>
internal sealed class FirstPages(Options options, Programs programs, Curl curl, Nginx nginx)
{
    public const string Volume = "pages";
    public const int Readers = 16; // and as many connections

    private const int Single = 200, InParallel = 400;
    private const int PageSize = 64 * 1024; // of the default block size

    public IEnumerable<Figure> Measure()
    {
        string large = Path.Combine(programs.Mount(Volume, "first", "").Path, Tree.Large);
        int[] order = [.. Enumerable.Range(0, (int)(options.LargeSize / PageSize))];
        new Random(7).Shuffle(order);
        string served = Path.Combine(nginx.Root, Tree.Large);
        Workloads.ReadAll(served, 1 << 20); // the link is measured, not the server's disk
        return OneByOne(large, order).Append(AtOnce(large, order, served));
    }

    private IEnumerable<Figure> OneByOne(string large, int[] pages)
    {
        long before = BytesServed();
        var times = new List<double>();
        using SafeFd file = Files.Open(large, OpenModes.ReadOnly).Value;
        byte[] buffer = new byte[4096];
        foreach (int page in pages.Take(Single))
        {
            long start = Stopwatch.GetTimestamp();
            FirstTouch.Must(Files.ReadAt(file, buffer, (long)page * PageSize));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        Thread.Sleep(500); // what was fetched beyond the need is in the log as well
        double fetched = (BytesServed() - before) / (double)Single / PageSize;
        yield return new Figure("first 4 KiB of an uncached page, HTTP", "ms", 1.5, AtMost: true, times);
        yield return new Figure("fetched per random 4 KiB first touch", "pages", 1.0, AtMost: true, [fetched]);
    }

    private Figure AtOnce(string large, int[] order, string served)
    {
        var ratios = new List<double>();
        foreach (int[] pages in order.Skip(Single).Chunk(InParallel).Take(options.Rounds))
        {
            double theirs = curl.Run(Readers, [.. pages.Select(page => (new Uri(nginx.Json, Tree.Large), (string?)RangeOf(page)))], served);
            ratios.Add(theirs / Clock.TimeServed(() => ReadAtOnce(large, pages), served));
        }
        return new Figure($"random 4 KiB first touches, {Readers} readers", $"x of {Readers} curl ranges", 0.8, AtMost: false, ratios);
    }

    private static string RangeOf(int page) =>
        string.Create(CultureInfo.InvariantCulture, $"{(long)page * PageSize}-{((long)page * PageSize) + PageSize - 1}");

    private static void ReadAtOnce(string path, int[] pages)
    {
        using SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value;
        int next = -1;
        Thread[] readers = [.. Enumerable.Range(0, Readers).Select(_ => new Thread(() =>
        {
            byte[] buffer = new byte[4096];
            for (int i = Interlocked.Increment(ref next); i < pages.Length; i = Interlocked.Increment(ref next))
                FirstTouch.Must(Files.ReadAt(file, buffer, (long)pages[i] * PageSize));
        }))];
        foreach (Thread reader in readers)
            reader.Start();
        foreach (Thread reader in readers)
            reader.Join();
    }

    private long BytesServed() => File.ReadLines(nginx.AccessLog).Sum(line => long.Parse(line, CultureInfo.InvariantCulture));
}
