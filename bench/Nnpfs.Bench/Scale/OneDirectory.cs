using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;

namespace Nnpfs.Bench.Scale;

/// <summary>A directory of very many entries, and what those feel who want something else meanwhile.</summary>
internal sealed class OneDirectory(Site site, int entries)
{
    private const int Lookups = 10_000;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    public IEnumerable<Figure> Measure()
    {
        string many = Path.Combine(site.Made("one"), "many"), other = Path.Combine(site.Made("one"), "other");
        Directory.CreateDirectory(many);
        Directory.CreateDirectory(other);
        Directory.CreateDirectory(Path.Combine(site.Made("two"), "other"));
        for (int i = 0; i < entries; i++)
            File.Create(Path.Combine(many, NameOf(i))).Dispose();
        File.WriteAllBytes(Path.Combine(other, "file"), new byte[1 << 20]);
        site.StartArlad(["one", "two"], out _);
        (string Path, Process Driver) one = site.Mount("one", "one-mnt"), two = site.Mount("two", "two-mnt");
        foreach (string name in new[] { "other/file", "other/absent" })
            File.Exists(Path.Combine(one.Path, name));
        using var same = new Stalls(Path.Combine(one.Path, "other"));
        using var beside = new Stalls(Path.Combine(two.Path, "other"));
        Thread.Sleep(Quiet);
        List<Figure> figures = [.. StallsOf("nothing else", same, beside)];

        string what = string.Create(CultureInfo.InvariantCulture, $"{entries:N0} entries, ");
        figures.Add(Timed(what + "listed for the first time", "s", 1, () => List(one.Path)));
        figures.AddRange(StallsOf("that", same, beside));
        figures.Add(Timed(what + "listed again", "s", 1, () => List(one.Path)));
        figures.AddRange(StallsOf("that", same, beside));
        Clock.DropCaches();
        figures.Add(Timed(what + "listed after drop_caches", "s", 1, () => List(one.Path)));
        figures.AddRange(StallsOf("that", same, beside));
        Clock.DropCaches();
        figures.Add(Timed(what + "stat of one, at random", "us", 1e6 / Lookups, () => LookUp(one.Path)));
        figures.AddRange(StallsOf("that", same, beside));
        figures.Add(new Figure(what + "arlad resident, at its most", "MiB", null, AtMost: true, [ProcessUse.Peak(site.Process)]));
        figures.Add(new Figure(what + "nnpfs resident, at its most", "MiB", null, AtMost: true, [ProcessUse.Peak(one.Driver.Id)]));
        return figures;
    }

    private static Figure Timed(string name, string unit, double factor, Action work) =>
        new(name, unit, null, AtMost: true, [Clock.Time(work, cold: false) * factor]);

    private static IEnumerable<Figure> StallsOf(string what, Stalls same, Stalls beside)
    {
        yield return new Figure($"the longest wait of another lookup in the volume, during {what}", "ms", null, AtMost: true, [same.Take()]);
        yield return new Figure($"the same in another volume, during {what}", "ms", null, AtMost: true, [beside.Take()]);
    }

    private void List(string mount)
    {
        int count = Directory.EnumerateFiles(Path.Combine(mount, "many")).Count();
        if (count != entries)
            throw new InvalidDataException($"{count} entries are listed of {entries}");
    }

    private void LookUp(string mount)
    {
        var random = new Random(1);
        for (int i = 0; i < Lookups; i++)
        {
            if (Syscall.lstat($"{mount}/many/{NameOf(random.Next(entries))}", out _) != 0)
                throw new IOException($"a stat of an entry: {Stdlib.GetLastError()}");
        }
    }

    private static string NameOf(int i) => string.Create(CultureInfo.InvariantCulture, $"entry-{i:d7}");
}
