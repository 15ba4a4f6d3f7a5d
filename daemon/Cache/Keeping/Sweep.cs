using System.Globalization;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Keeping;

/// <summary>Removes what a crash left: block files without a row, and versions that were outdated when arlad ended.</summary>
/// <remarks>Files of this run are left alone without a question: their generations are above the first number of the run.</remarks>
internal sealed class Sweep(CacheCore core, Func<IReadOnlyList<CacheVolume>> volumes)
{
    /// <param name="pace">waits after each directory of files; false = stop</param>
    public async Task RunAsync(Func<Task<bool>> pace)
    {
        foreach (CacheVolume volume in volumes())
        {
            foreach (string outer in DirectoriesIn(volume, ""))
            {
                foreach (string inner in DirectoriesIn(volume, outer))
                {
                    SweepDirectory(volume, inner);
                    if (!await pace().ConfigureAwait(false))
                        return;
                }
            }
        }
    }

    /// <summary>Outdated versions of an earlier run: dropped now, or with the last hold of a driver that still has them open.</summary>
    public void DropStale()
    {
        foreach (CacheVolume volume in volumes())
        {
            while (core.Blocks.Stale(volume.Id, 0) is { IsOk: true, Value: { Count: > 0 } stale })
            {
                volume.MarkStale(stale);
                if (core.Blocks.Stale(volume.Id, 0) is not { IsOk: true } left || left.Value.SequenceEqual(stale))
                    break; // all of them are held
            }
        }
    }

    private static List<string> DirectoriesIn(CacheVolume volume, string directory) =>
        [.. Listing.Of(volume.Directory, directory).Where(name => name.Length == 2).Select(name => directory.Length == 0 ? name : $"{directory}/{name}")];

    private void SweepDirectory(CacheVolume volume, string directory)
    {
        foreach (string file in Listing.Of(volume.Directory, directory))
        {
            if (!TryParse(file, out BlockName name) || name.Generation >= core.Numbers.Start || name.ToString() != $"{directory}/{file}")
                continue;
            var key = new ContentKey(name.Node, name.Version);
            bool isRun = name.Block == BlockName.Run;
            Result<Index.BlockRow> row = isRun ? core.Blocks.First(key) : core.Blocks.Get(key, name.Block);
            bool isOrphan = row.IsOk ? row.Value.Generation != name.Generation || row.Value.InRun != isRun
                : row.Errno == Errno.ENOENT && !core.Database.IsDamaged;
            if (isOrphan && volume.Disk.Remove(name) == 0)
                Counters.Add(ref core.Counters.SweptFiles);
        }
    }

    private static bool TryParse(string file, out BlockName name)
    {
        name = default;
        string[] parts = file.Split('-');
        Span<ulong> numbers = stackalloc ulong[4];
        if (parts.Length != numbers.Length)
            return false;
        bool isRun = parts[2] == "run";
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!(isRun && i == 2) && !ulong.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out numbers[i]))
                return false;
        }
        name = new BlockName(new NodeId(numbers[0]), numbers[1], isRun ? BlockName.Run : (long)numbers[2], numbers[3]);
        return true;
    }
}
