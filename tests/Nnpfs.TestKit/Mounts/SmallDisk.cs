namespace Nnpfs.TestKit;

/// <summary>A small file system of its own, in a file, mounted through a loop device. Needs root.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nnpfs-disk-");

    /// <param name="megabytes">of the file system</param>
    /// <param name="mountPoint">a directory that is there; null = one of its own</param>
    /// <param name="type">ext4, xfs or btrfs</param>
    public SmallDisk(int megabytes, string? mountPoint = null, string type = "ext4")
    {
        string image = Path.Combine(_directory.FullName, "image");
        using (FileStream file = File.Create(image))
            file.SetLength((long)megabytes << 20);
        MountPoint = mountPoint ?? Directory.CreateDirectory(Path.Combine(_directory.FullName, "mnt")).FullName;
        Run($"mkfs.{type}", type == "ext4" ? ["-q", "-m", "0", image] : ["-q", image]);
        Run("mount", "-o", "loop", image, MountPoint);
    }

    public string MountPoint { get; }

    /// <summary>All that was ever written to its device, what is written by now included. SOURCE: Documentation/block/stat.rst.</summary>
    public long WrittenBytes()
    {
        Run("sync", "-f", MountPoint);
        string device = Path.GetFileName(ChildProgram.Run("findmnt", "-n", "-o", "SOURCE", MountPoint).Output.Trim());
        string[] counts = File.ReadAllText($"/sys/block/{device}/stat").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(counts[6], System.Globalization.CultureInfo.InvariantCulture) * 512;
    }

    /// <summary>Takes all room that is left, to the last byte, as another program might.</summary>
    /// <returns>the file that took it: removed, there is room again</returns>
    public string FillUp()
    {
        string ballast = Path.Combine(MountPoint, "ballast");
        using var file = new FileStream(ballast, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        foreach (int piece in (int[])[1 << 20, 64 << 10, 4096])
        {
            var bytes = new byte[piece];
            while (TryWrite(file, bytes))
            {
            }
        }
        file.Flush(flushToDisk: true);
        return ballast;
    }

    public void Dispose()
    {
        Run("umount", MountPoint);
        _directory.Delete(recursive: true);
    }

    private static bool TryWrite(FileStream file, byte[] bytes)
    {
        try
        {
            file.Write(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        (int status, string output) = ChildProgram.Run(program, arguments);
        if (status != 0)
            throw new InvalidOperationException($"{program}: {output}");
    }
}
