using System.Diagnostics;
using System.Globalization;
using Mono.Unix.Native;

namespace Nnpfs.Bench.Scale;

/// <summary>Very many mounts of one arlad.</summary>
internal sealed class ManyMounts(Site site, int count)
{
    public IEnumerable<Figure> Measure()
    {
        File.WriteAllText(Path.Combine(site.Made("shared"), "file"), "one");
        site.StartArlad(["shared"], out _);
        double before = ProcessUse.Resident(site.Process);
        List<(string Path, Process Driver)> mounts = [];
        double seconds = Clock.Time(
            () =>
            {
                for (int i = 0; i < count; i++)
                    mounts.Add(site.Mount("shared", string.Create(CultureInfo.InvariantCulture, $"mnt{i:d3}")));
            },
            cold: false);
        yield return Of("mounted, each", "ms", seconds * 1e3 / count);
        yield return Of("stat and read of a file on each", "ms", Clock.Time(() => mounts.ForEach(mount => Read(mount.Path, "one")), cold: false) * 1e3 / count);
        yield return Of("arlad resident, for each", "MiB", (ProcessUse.Resident(site.Process) - before) / count);
        yield return Of("nnpfs resident, each", "MiB", mounts.Average(mount => ProcessUse.Resident(mount.Driver.Id)));
        double idle = mounts.Sum(mount => ProcessUse.Seconds(mount.Driver.Id)) + ProcessUse.Seconds(site.Process);
        Thread.Sleep(TimeSpan.FromSeconds(10));
        idle = mounts.Sum(mount => ProcessUse.Seconds(mount.Driver.Id)) + ProcessUse.Seconds(site.Process) - idle;
        yield return Of("processor time of all programs while nobody asks", "% of a core", idle * 10);
        File.WriteAllText(Path.Combine(site.Made("shared"), "file"), "two!");
        yield return Of("nnpfsctl invalidate", "ms", Clock.Time(() => site.Control("invalidate", "shared:/file"), cold: false) * 1e3);
        yield return Of("a read of what is new on each, after it", "ms", Clock.Time(() => mounts.ForEach(mount => Read(mount.Path, "two!")), cold: false) * 1e3 / count);
        yield return Of("unmounted, each", "ms", Clock.Time(() => mounts.ForEach(site.Unmount), cold: false) * 1e3 / count);
    }

    private Figure Of(string name, string unit, double value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{count} mounts: {name}"), unit, null, AtMost: true, [value]);

    private static void Read(string mount, string expected)
    {
        string path = Path.Combine(mount, "file");
        if (Syscall.lstat(path, out Stat stat) != 0 || stat.st_size != expected.Length || File.ReadAllText(path) != expected)
            throw new InvalidDataException($"{path} is not \"{expected}\"");
    }
}
