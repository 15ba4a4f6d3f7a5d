using System.Globalization;
using System.Text;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache;

/// <summary>The cache's directory: who owns it, what version it has, and the directories of the volumes.</summary>
internal sealed class CacheDirectory : IDisposable
{
    public const string IndexName = "index.db";

    private const string LockName = "lock", FormatName = "format", VolumesName = "volumes", DamagedName = "index.damaged";
    private const int Format = 1;

    private readonly SafeFd _lock;

    private CacheDirectory(string path, SafeFd self, SafeFd held) => (Path, Self, _lock) = (path, self, held);

    public string Path { get; }

    public SafeFd Self { get; }

    public string IndexPath => System.IO.Path.Combine(Path, IndexName);

    /// <summary>Takes the directory for this process.</summary>
    /// <param name="path">of a directory that is there</param>
    /// <param name="problem">cause and cure, for the user, where the answer is null</param>
    public static CacheDirectory? Open(string path, out string problem)
    {
        problem = "";
        if (!Files.Open(path, OpenModes.ReadOnly).TryGet(out SafeFd? self, out Errno failed))
        {
            problem = $"cannot open the cache directory {path}: {Describe(failed)}. Make it, and give it to the user that arlad runs as.";
            return null;
        }
        if (!Files.OpenBeneath(self, Encoding.UTF8.GetBytes(LockName), OpenModes.ReadWrite | OpenModes.Create, 0x1A4).TryGet(out SafeFd? held, out failed))
        {
            problem = $"cannot write in the cache directory {path}: {Describe(failed)}. Give it to the user that arlad runs as.";
            self.Dispose();
            return null;
        }
        var directory = new CacheDirectory(path, self, held);
        problem = directory.Take() ?? directory.CheckFormat() ?? "";
        if (problem.Length == 0)
            return directory;
        directory.Dispose();
        return null;
    }

    /// <summary>A volume's name as the name of its directory: letters, digits, "-", "_" and "." stay, other bytes become %xx.</summary>
    public static string NameOf(string volume)
    {
        var name = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(volume))
        {
            bool isPlain = char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' || (b == '.' && name.Length > 0);
            name.Append(isPlain ? ((char)b).ToString() : "%" + b.ToString("x2", CultureInfo.InvariantCulture));
        }
        return name.ToString();
    }

    /// <summary>The directory of a volume's block files, made where it is not there.</summary>
    public Result<SafeFd> OpenVolume(string volume, uint mode)
    {
        Errno made = Make(Self, VolumesName, mode);
        if (made != 0)
            return made;
        string path = $"{VolumesName}/{NameOf(volume)}";
        made = Make(Self, path, mode);
        return made == 0 ? Files.OpenBeneath(Self, Encoding.UTF8.GetBytes(path), OpenModes.ReadOnly) : made;
    }

    /// <summary>The next start sets the index aside without a look at it.</summary>
    public void MarkDamaged() => _ = DurableFile.Replace(Self, DamagedName, []);

    /// <summary>The last run found the index damaged.</summary>
    public bool IsMarkedDamaged => DurableFile.Read(Self, DamagedName).IsOk;

    /// <summary>Moves an index that cannot be read out of the way.</summary>
    /// <returns>its new name</returns>
    public string SetIndexAside(TimeProvider time)
    {
        string aside = $"{IndexName}.damaged-{time.GetUtcNow():yyyyMMddHHmmssfff}";
        foreach (string suffix in (string[])["", "-wal", "-shm"])
            _ = Disk.Rename(Self, Encoding.UTF8.GetBytes(IndexName + suffix), Encoding.UTF8.GetBytes(aside + suffix));
        _ = Files.Remove(Self, Encoding.UTF8.GetBytes(DamagedName));
        return aside;
    }

    public void Dispose()
    {
        Disk.Unlock(_lock);
        _lock.Dispose();
        Self.Dispose();
    }

    private static Errno Make(SafeFd directory, string path, uint mode)
    {
        Errno made = Files.MakeDirectory(directory, Encoding.UTF8.GetBytes(path), mode);
        return made == Errno.EEXIST ? 0 : made;
    }

    private string? Take()
    {
        Errno taken = Disk.TryLock(_lock);
        var holder = new byte[32];
        if (taken == Errno.EWOULDBLOCK)
        {
            int length = Files.ReadAt(_lock, holder, 0) is { IsOk: true } read ? read.Value : 0;
            string pid = Encoding.ASCII.GetString(holder, 0, length).Trim();
            return $"the cache in {Path} is in use by another arlad{(pid.Length > 0 ? $" (process {pid})" : "")}. Stop that one, or give this one another cache directory.";
        }
        if (taken != 0)
            return $"cannot lock the cache directory {Path}: {Describe(taken)}. It must be on a local file system.";
        byte[] self = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        _ = Files.SetLength(_lock, 0);
        _ = Files.WriteAt(_lock, self, 0);
        return null;
    }

    private string? CheckFormat()
    {
        Result<byte[]> found = DurableFile.Read(Self, FormatName);
        if (found.Errno == Errno.ENOENT)
        {
            Errno written = DurableFile.Replace(Self, FormatName, Encoding.ASCII.GetBytes($"nnpfs cache {Format}\n"));
            return written == 0 ? null : $"cannot write in the cache directory {Path}: {Describe(written)}.";
        }
        string text = found.IsOk ? Encoding.ASCII.GetString(found.Value).Trim() : "";
        string[] words = text.Split(' ');
        if (words is not ["nnpfs", "cache", string digits] || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int version))
            return $"{Path}/{FormatName} does not say that this is a cache of Nnpfs. Give arlad a directory of its own, or empty this one.";
        return version <= Format
            ? null
            : $"the cache in {Path} has format {version}, and this arlad knows up to {Format}. Use the newer arlad, or empty the directory.";
    }

    private static string Describe(Errno errno) => $"{Mono.Unix.Native.Stdlib.strerror(errno)} ({errno})";
}
