using System.Diagnostics;
using System.Globalization;
using Nnpfs.Posix;

namespace Nnpfs.Bench;

/// <summary>Files read for the first time over HTTP from a local nginx, near and far, against curl with as many connections.</summary>
internal sealed class FirstTouch(Options options, Programs programs, Nginx nginx, DelayRelay relay)
{
    private const int Many = 8, RandomReads = 200, ParallelReads = 400, ParallelReaders = 16, SmallSample = 100;
    private const int PageSize = 64 * 1024; // of the default block size

    private readonly Curl _curl = new(options.Work);

    /// <summary>A volume for each link and number of connections, so that each has a cache of its own.</summary>
    public static string Volumes(Uri near, Uri far) => string.Concat(
        from link in (IEnumerable<(string Name, Uri Url)>)[("near", near), ("far", far)]
        from connections in (int[])[1, Many]
        select $"[volume {link.Name}{connections}]\norigin = {link.Url}\nconnections = {connections}\n\n");

    public IEnumerable<Figure> Measure()
    {
        Console.Error.WriteLine("first touch over HTTP");
        foreach ((string link, Uri url, string says) in ((string, Uri, string)[])[("near", nginx.Json, ""), ("far", relay.Url, ", 20 ms away")])
        {
            foreach (int connections in (int[])[1, Many])
            {
                foreach (Figure figure in Sequential(link, url, connections, says))
                    yield return figure;
            }
        }
        foreach (Figure figure in RandomTouches().Append(Parallel()).Concat(Far()))
            yield return figure;
    }

    private IEnumerable<Figure> Sequential(string link, Uri url, int connections, string says)
    {
        string mount = programs.Mount($"{link}{connections}", "first", "").Path;
        var ratios = new List<double>();
        var plain = new List<double>();
        for (int round = 0; round < options.Rounds; round++)
        {
            string name = Tree.Fresh + round.ToString(CultureInfo.InvariantCulture);
            long size = new FileInfo(Path.Combine(mount, name)).Length;
            double curl = _curl.Download(new Uri(url, name), size, connections);
            double ours = Clock.Time(() => Workloads.ReadAll(Path.Combine(mount, name), 1 << 20), cold: true);
            ratios.Add(curl / ours);
            if (connections > 1)
                plain.Add(ours / _curl.Download(new Uri(url, name), size, 1));
        }
        yield return new Figure($"first touch, sequential, {connections} connection{(connections > 1 ? "s" : "")}{says}", "x of curl", 0.9, AtMost: false, ratios);
        if (connections > 1)
            yield return new Figure($"time of a whole lazy read{says}", "x of a plain download", 1.05, AtMost: true, plain);
    }

    /// <summary>Each read is of a page that nothing has touched; bytes are counted from the server's own log.</summary>
    private IEnumerable<Figure> RandomTouches()
    {
        long before = BytesServed();
        var times = new List<double>();
        using SafeFd file = Files.Open(LargeAt("near8"), OpenModes.ReadOnly).Value;
        byte[] buffer = new byte[4096];
        foreach (int page in Pages().Take(RandomReads))
        {
            long start = Stopwatch.GetTimestamp();
            Must(Files.ReadAt(file, buffer, (long)page * PageSize));
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        Thread.Sleep(500); // what was fetched beyond the need is in the log as well
        double fetched = (BytesServed() - before) / (double)RandomReads / PageSize;
        yield return new Figure("first 4 KiB of an uncached page, HTTP", "ms", 1.5, AtMost: true, times);
        yield return new Figure("fetched per random 4 KiB first touch", "pages", 1.0, AtMost: true, [fetched]);
    }

    private Figure Parallel()
    {
        int[] pages = [.. Pages().Skip(RandomReads).Take(ParallelReads)];
        double ours = Clock.Time(() => ReadAtOnce(LargeAt("near8"), pages), cold: true);
        double curl = _curl.Run(ParallelReaders, [.. pages.Select(page => (
            new Uri(nginx.Json, Tree.Large),
            (string?)string.Create(CultureInfo.InvariantCulture, $"{(long)page * PageSize}-{((long)page * PageSize) + PageSize - 1}")))]);
        return new Figure($"random 4 KiB first touches, {ParallelReaders} readers", $"x of {ParallelReaders} curl ranges", 0.8, AtMost: false, [curl / ours]);
    }

    private static void ReadAtOnce(string path, int[] pages)
    {
        using SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value;
        int next = -1;
        Thread[] readers = [.. Enumerable.Range(0, ParallelReaders).Select(_ => new Thread(() =>
        {
            byte[] buffer = new byte[4096];
            for (int i = Interlocked.Increment(ref next); i < pages.Length; i = Interlocked.Increment(ref next))
                Must(Files.ReadAt(file, buffer, (long)pages[i] * PageSize));
        }))];
        foreach (Thread reader in readers)
            reader.Start();
        foreach (Thread reader in readers)
            reader.Join();
    }

    /// <summary>What counts where each request costs a round trip.</summary>
    private IEnumerable<Figure> Far()
    {
        string mount = Path.Combine(options.Work, "mnt-far8-first");
        var first = new List<double>();
        byte[] buffer = new byte[4096];
        foreach (string path in Directory.EnumerateFiles(Path.Combine(mount, Tree.Source, "m00")).Take(2 * options.Rounds).ToArray())
        {
            long start = Stopwatch.GetTimestamp();
            using (SafeFd file = Files.Open(path, OpenModes.ReadOnly).Value)
                Must(Files.ReadAt(file, buffer, 0));
            first.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds / relay.Delay.TotalMilliseconds);
        }
        yield return new Figure("first byte of a cold file, 20 ms away", "round trips", 1.5, AtMost: true, first);

        Uri[] sample = [.. Enumerable.Range(0, SmallSample).Select(i => new Uri(relay.Url, $"{Tree.Small}/d000/f{i:d3}.dat"))];
        double each = _curl.Run(1, [.. sample.Select(url => (url, (string?)null))]) / SmallSample;
        double tree = Clock.Time(() => Workloads.ReadSmall(mount), cold: true);
        int files = Tree.Directories * Tree.FilesPerDirectory;
        yield return new Figure("10,000 files of 4 KiB, first read, 20 ms away", "x of one request after the other", 5, AtMost: false, [each * files / tree]);
    }

    private string LargeAt(string volume) => Path.Combine(options.Work, $"mnt-{volume}-first", Tree.Large);

    private int[] Pages()
    {
        int[] order = [.. Enumerable.Range(0, (int)(options.LargeSize / PageSize))];
        new Random(7).Shuffle(order);
        return order;
    }

    private long BytesServed() => File.ReadLines(nginx.AccessLog).Sum(line => long.Parse(line, CultureInfo.InvariantCulture));

    private static void Must(Result<int> read)
    {
        if (!read.IsOk)
            throw new IOException($"a first read failed: {read.Errno}");
    }
}
