using System.Globalization;
using System.Text;

namespace Nnpfs.Cli.Paths;

/// <summary>The mounts that this process sees, and which of them are of Nnpfs. Reading it touches none of them.</summary>
/// <remarks>SOURCE: proc(5), /proc/self/mountinfo. A mount of Nnpfs has the type fuse.nnpfs and the source nnpfs:VOLUME.</remarks>
internal sealed class MountTable
{
    private const string Type = "fuse.nnpfs", SourcePrefix = "nnpfs:";

    private readonly Dictionary<string, MountRow> _byPoint = new(StringComparer.Ordinal);

    private MountTable()
    {
    }

    /// <summary>Mount points of Nnpfs, with their volumes.</summary>
    public IEnumerable<(string Point, string Volume)> OfNnpfs =>
        _byPoint.Where(pair => pair.Value.Volume is not null).Select(pair => (pair.Key, pair.Value.Volume!));

    public static MountTable OfProcess() => Parse(File.ReadLines("/proc/self/mountinfo", Encoding.Latin1));

    /// <param name="lines">each char one byte: mount points are bytes, escaped where they hold blanks</param>
    public static MountTable Parse(IEnumerable<string> lines)
    {
        var table = new MountTable();
        foreach (string line in lines)
        {
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-"); // after the optional fields
            if (dash < 6 || fields.Length < dash + 3)
                continue;
            string source = Unescape(fields[dash + 2]);
            bool isOurs = fields[dash + 1] == Type && source.StartsWith(SourcePrefix, StringComparison.Ordinal);
            // A later line with the same mount point covers the earlier one.
            table._byPoint[Unescape(fields[4])] = new(isOurs ? source[SourcePrefix.Length..] : null, Unescape(fields[3]));
        }
        return table;
    }

    public bool TryGet(string point, out MountRow row) => _byPoint.TryGetValue(point, out row);

    // Latin-1 to bytes to UTF-8: with \040 and its like undone.
    private static string Unescape(string field)
    {
        var bytes = new List<byte>(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            bool isEscape = field[i] == '\\' && i + 3 < field.Length;
            bytes.Add(isEscape ? OctalAt(field, i + 1) : (byte)field[i]);
            i += isEscape ? 3 : 0;
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static byte OctalAt(string field, int start) =>
        (byte)field.AsSpan(start, 3).ToString().Aggregate(0, (value, digit) => (value * 8) + CharUnicodeInfo.GetDecimalDigitValue(digit));
}

/// <param name="Volume">null = no mount of Nnpfs</param>
/// <param name="Root">which directory of the volume is mounted here: "/" but for a bind mount</param>
internal readonly record struct MountRow(string? Volume, string Root);
