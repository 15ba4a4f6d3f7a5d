using System.Globalization;
using System.Text;

namespace Nnpfs.Posix;

/// <summary>One mount, as a line of /proc/self/mountinfo tells it.</summary>
/// <param name="Id">of the mount</param>
/// <param name="Minor">of its device: for FUSE the name of its directory under /sys/fs/fuse/connections</param>
/// <param name="MountPoint">where it is, from the root of this process</param>
/// <param name="Options">of the mount: "ro,nosuid,nodev"</param>
/// <param name="Type">"fuse.nnpfs"</param>
/// <param name="Source">what was mounted</param>
/// <remarks>SOURCE: proc_pid_mountinfo(5).</remarks>
public sealed record MountEntry(int Id, uint Minor, string MountPoint, string Options, string Type, string Source)
{
    private const string File = "/proc/self/mountinfo";
    private const int BeforeOptional = 6, AfterSeparator = 3;

    /// <summary>All mounts that this process sees, in the order in which they were made at each place.</summary>
    public static IReadOnlyList<MountEntry> ReadAll() => ParseAll(System.IO.File.ReadAllText(File));

    /// <summary>The topmost mount at exactly this path, or null.</summary>
    public static MountEntry? At(string mountPoint) => ReadAll().LastOrDefault(entry => entry.MountPoint == mountPoint);

    /// <summary>Every line that can be read; the others are left out.</summary>
    public static IReadOnlyList<MountEntry> ParseAll(string text) =>
        [.. text.Split('\n').Select(line => TryParse(line, out MountEntry? entry) ? entry : null).OfType<MountEntry>()];

    /// <summary>Reads "id parent major:minor root mountpoint options [optional...] - type source superoptions".</summary>
    public static bool TryParse(string line, out MountEntry? entry)
    {
        entry = null;
        string[] fields = line.Split(' ');
        int separator = Array.IndexOf(fields, "-", Math.Min(BeforeOptional, fields.Length));
        if (separator < 0 || fields.Length < separator + AfterSeparator)
            return false;
        string[] device = fields[2].Split(':');
        if (!TryNumber(fields[0], out uint id) || device.Length != 2 || !TryNumber(device[1], out uint minor))
            return false;
        entry = new((int)id, minor, Unescape(fields[4]), fields[5], Unescape(fields[separator + 1]), Unescape(fields[separator + 2]));
        return true;
    }

    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>The kernel writes space, tab, newline and backslash as three octal digits behind a backslash.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var plain = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            bool escaped = field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0;
            plain.Append(escaped ? (char)((field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + field[i + 3] - '0') : field[i]);
            i += escaped ? 3 : 0;
        }
        return plain.ToString();
    }
}
