using System.Globalization;

namespace Nnpfs.Bench;

/// <summary>Large files that are read from their start to their end for the first time, each once.</summary>
internal sealed class FirstLarge(Options options, Programs programs, Curl curl, Nginx nginx, DelayRelay relay)
{
    public IEnumerable<Figure> Measure() =>
        from link in (IEnumerable<(string Name, Uri Url, string Says)>)[("near", nginx.Json, ""), ("far", relay.Url, ", 20 ms away")]
        from connections in (int[])[1, FirstTouch.Many]
        from figure in Measure(link.Name, link.Url, connections, link.Says)
        select figure;

    private IEnumerable<Figure> Measure(string link, Uri url, int connections, string says)
    {
        string mount = programs.Mount($"{link}{connections}", "first", "").Path;
        curl.Forget();
        Clock.DropCaches(); // what the rows before it left in memory
        var ratios = new List<double>();
        var plain = new List<double>();
        for (int round = 0; round < options.Rounds; round++)
        {
            string name = Tree.Fresh + round.ToString(CultureInfo.InvariantCulture);
            string served = Path.Combine(nginx.Root, name);
            long size = new FileInfo(Path.Combine(mount, name)).Length;
            double theirs = curl.Download(new Uri(url, name), size, connections, served);
            double ours = Clock.TimeServed(() => Workloads.ReadAll(Path.Combine(mount, name), 1 << 20), served);
            ratios.Add(theirs / ours);
            if (connections > 1)
                plain.Add(ours / curl.Download(new Uri(url, name), size, 1, served));
        }
        yield return new Figure($"first touch, sequential, {connections} connection{(connections > 1 ? "s" : "")}{says}", "x of curl", 0.9, AtMost: false, ratios);
        if (connections > 1)
            yield return new Figure($"time of a whole lazy read{says}", "x of a plain download", 1.05, AtMost: true, plain);
    }
}
