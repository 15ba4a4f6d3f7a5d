using System.Text;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache;

/// <summary>A small file that is replaced as a whole: after a power cut it is the old one or the new one.</summary>
internal static class DurableFile
{
    private const int MaxLength = 1 << 20;

    /// <summary>Writes beside the file, syncs, renames over it, syncs the directory.</summary>
    public static Errno Replace(SafeFd directory, string name, ReadOnlySpan<byte> content)
    {
        byte[] target = Encoding.UTF8.GetBytes(name), aside = Encoding.UTF8.GetBytes(name + ".new");
        if (!Files.OpenBeneath(directory, aside, OpenModes.WriteOnly | OpenModes.Create | OpenModes.Truncate, 0x180).TryGet(out SafeFd? file, out Errno failed))
            return failed;
        using (file)
        {
            failed = Files.WriteAt(file, content, 0);
            if (failed == 0)
                failed = Files.Sync(file);
        }
        if (failed == 0)
            failed = Disk.Rename(directory, aside, target);
        return failed == 0 ? Files.Sync(directory) : failed;
    }

    /// <returns>ENOENT; EFBIG for what cannot be one of ours</returns>
    public static Result<byte[]> Read(SafeFd directory, string name)
    {
        if (!Files.OpenBeneath(directory, Encoding.UTF8.GetBytes(name), OpenModes.ReadOnly).TryGet(out SafeFd? file, out Errno failed))
            return failed;
        using (file)
        {
            if (!Disk.Extent(file).TryGet(out FileExtent extent, out failed))
                return failed;
            if (extent.Length > MaxLength)
                return Errno.EFBIG;
            var bytes = new byte[extent.Length];
            return Files.ReadAt(file, bytes, 0).TryGet(out int count, out failed) ? bytes[..count] : failed;
        }
    }
}
