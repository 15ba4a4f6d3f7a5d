using System.Diagnostics;
using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Bench;

/// <summary>Files read for the first time through HTTP from a local nginx, against curl from the same server to the cache disk.</summary>
internal sealed class FirstTouch(string work, string mount, Uri server, string accessLog)
{
    private const int RandomReads = 200;
    private const int PageSize = 64 * 1024; // of the default block size

    public IEnumerable<Figure> Measure(int rounds)
    {
        var ratios = new List<double>();
        for (int round = 0; round < rounds; round++)
        {
            string name = Tree.Fresh + round.ToString(CultureInfo.InvariantCulture);
            string target = Path.Combine(work, "curl.out");
            double curl = Clock.Time(() => Run("curl", "-sf", "-o", target, new Uri(server, name).ToString()), cold: true);
            double ours = Clock.Time(() => Workloads.ReadAll(Path.Combine(mount, name), 1 << 20), cold: true);
            File.Delete(target);
            ratios.Add(curl / ours);
        }
        yield return new Figure("first touch, sequential, HTTP", "x of curl", 0.7, AtMost: false, ratios);
        foreach (Figure figure in RandomTouches())
            yield return figure;
    }

    /// <summary>Each read is of a page that nothing has touched; bytes are counted from the server's own log.</summary>
    private IEnumerable<Figure> RandomTouches()
    {
        string path = Path.Combine(mount, Tree.Large);
        using SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value;
        long pages = new FileInfo(path).Length / PageSize;
        int[] order = [.. Enumerable.Range(0, (int)pages)];
        new Random(7).Shuffle(order);
        long before = BytesServed();
        byte[] buffer = new byte[4096];
        var times = new List<double>();
        foreach (int page in order.Take(RandomReads))
        {
            long start = Stopwatch.GetTimestamp();
            if (Files.ReadAt(file, buffer, (long)page * PageSize) is { IsOk: false } failed)
                throw new IOException($"{path}: {failed.Errno}");
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        Thread.Sleep(500); // what was fetched beyond the need is in the log as well
        double fetched = (BytesServed() - before) / (double)RandomReads / PageSize;
        yield return new Figure("first 4 KiB of an uncached page, HTTP", "ms", null, AtMost: true, times);
        yield return new Figure("fetched per random 4 KiB first touch", "pages", 1.0, AtMost: true, [fetched]);
    }

    private long BytesServed() => File.ReadLines(accessLog).Sum(line => long.Parse(line, CultureInfo.InvariantCulture));

    private static void Run(string program, params string[] arguments)
    {
        using Process child = Process.Start(program, arguments);
        child.WaitForExit();
        if (child.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with status {child.ExitCode}");
    }
}
