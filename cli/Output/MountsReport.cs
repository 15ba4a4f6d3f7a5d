using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Nnpfs.Cli.Client;
using Nnpfs.Cli.Paths;
using Nnpfs.Posix;

namespace Nnpfs.Cli.Output;

/// <summary>The drivers' part of a bug report: what each mount that this process sees has counted. One that hangs is named as such.</summary>
internal static class MountsReport
{
    private const string Attribute = "user.nnpfs.stats";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(2);

    /// <returns>files of a tar archive, without the archive's end: more may follow</returns>
    public static async Task<ReadOnlyMemory<byte>> ArchiveAsync(MountTable mounts, CancellationToken cancel)
    {
        var archive = new MemoryStream();
        long length;
        using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            int number = 0;
            foreach ((string point, string volume) in mounts.OfNnpfs)
            {
                string text = $"{volume} at {point}\n{await StatsAsync(point, cancel)}\n";
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, string.Create(CultureInfo.InvariantCulture, $"nnpfs-report/mount-{++number}.txt"))
                {
                    DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)),
                });
            }
            length = archive.Length; // what comes after it is the end
        }
        return archive.GetBuffer().AsMemory(0, (int)length);
    }

    private static async Task<string> StatsAsync(string point, CancellationToken cancel)
    {
        // A mount may hang, which is why a report is made.
        Result<byte[]> value = await MountAttribute.GetAsync(Encoding.UTF8.GetBytes(point), Attribute, _limit, cancel);
        if (value.Errno == Errno.ETIMEDOUT)
            return string.Create(CultureInfo.InvariantCulture, $"it has not answered within {_limit.TotalSeconds} s");
        return value.TryGet(out byte[]? stats, out Errno errno) ? Encoding.UTF8.GetString(stats) : $"it answers {errno}";
    }
}
