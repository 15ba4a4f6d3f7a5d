using System.Diagnostics;
using Nnpfs.Posix;

namespace Nnpfs.Bench.Scale;

/// <summary>A sparse file of 1 TiB beside one of 1 GiB: what reads at its end and here and there cost.</summary>
internal sealed class HugeFile(Site site, int rounds)
{
    private const long Huge = 1L << 40, Large = 1L << 30;
    private const int Reads = 500, Tail = 64 << 20;

    public IEnumerable<Figure> Measure()
    {
        string origin = site.Made("sparse");
        foreach ((string name, long size) in new[] { ("huge", Huge), ("large", Large) })
        {
            using FileStream file = File.Create(Path.Combine(origin, name));
            file.SetLength(size);
        }
        site.StartArlad(["sparse"], out _);
        string mount = site.Mount("sparse").Path;
        List<double> last = [];
        for (int round = 0; round < rounds; round++)
        {
            using SafeFd file = Files.Open(Path.Combine(mount, "huge"), OpenModes.ReadOnly).Value;
            last.Add(Clock.Time(() => Read(file, Huge - 4096 - (round * (8L << 20))), cold: false) * 1e3);
        }
        yield return new Figure("1 TiB: first 4 KiB at the end", "ms", null, AtMost: true, last);
        double before = site.Metric("nnpfs_origin_bytes_total");
        double huge = AtRandom(mount, "huge", Huge), fetched = site.Metric("nnpfs_origin_bytes_total") - before, large = AtRandom(mount, "large", Large);
        yield return new Figure("1 TiB: random 4 KiB, first touch", "ms", null, AtMost: true, [huge * 1e3 / Reads]);
        yield return new Figure("1 TiB: the same", "x of a file of 1 GiB", null, AtMost: true, [huge / large]);
        yield return new Figure("1 TiB: fetched for each of them", "pages", 1, AtMost: true, [fetched / Reads / (64 << 10)]);
        yield return new Figure("1 TiB: the last 64 MiB, first read", "x of a file of 1 GiB", null, AtMost: true, [TailOf(mount, "huge", Huge) / TailOf(mount, "large", Large)]);
        yield return new Figure("1 TiB: arlad resident, at its most", "MiB", null, AtMost: true, [ProcessUse.Peak(site.Process)]);
    }

    private static double AtRandom(string mount, string name, long size)
    {
        using SafeFd file = Files.Open(Path.Combine(mount, name), OpenModes.ReadOnly).Value;
        long[] offsets = [.. Enumerable.Range(0, Reads).Select(i => (i * 7919L % Reads * (size / Reads) & ~0xFFFFL) + 8192)];
        return Clock.Time(() => Array.ForEach(offsets, offset => Read(file, offset)), cold: true);
    }

    private static double TailOf(string mount, string name, long size)
    {
        using SafeFd file = Files.Open(Path.Combine(mount, name), OpenModes.ReadOnly).Value;
        byte[] buffer = new byte[1 << 20];
        return Clock.Time(
            () =>
            {
                for (long at = size - Tail; at < size; at += buffer.Length)
                    Must(Files.ReadAt(file, buffer, at), buffer.Length);
            },
            cold: true);
    }

    private static void Read(SafeFd file, long offset) => Must(Files.ReadAt(file, new byte[4096], offset), 4096);

    private static void Must(Result<int> read, int wanted)
    {
        if (!read.IsOk || read.Value != wanted)
            throw new IOException($"a read of a sparse file: {(read.IsOk ? $"{read.Value} bytes" : read.Errno)}");
    }
}
