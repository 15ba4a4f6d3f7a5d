using System.Text;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>Small files that are replaced as a whole: whoever reads one sees the old or the new, also after a power cut.</summary>
internal static class WholeFile
{
    /// <param name="path">its directory must be there</param>
    /// <param name="bytes">all of it</param>
    /// <param name="mode">permission bits</param>
    public static Errno Write(string path, ReadOnlySpan<byte> bytes, uint mode)
    {
        string young = path + ".new";
        const OpenModes flags = OpenModes.WriteOnly | OpenModes.Create | OpenModes.Truncate;
        if (!Files.Open(young, flags, mode).TryGet(out SafeFd? file, out Errno errno))
            return errno;
        using (file)
        {
            errno = Files.WriteAt(file, bytes, 0);
            errno = errno != 0 ? errno : Files.Sync(file);
        }
        if (errno != 0 || !Files.Open(Path.GetDirectoryName(Path.GetFullPath(path))!, OpenModes.ReadOnly).TryGet(out SafeFd? directory, out errno))
            return errno;
        using (directory)
        {
            errno = Disk.Rename(directory, Encoding.UTF8.GetBytes(Path.GetFileName(young)), Encoding.UTF8.GetBytes(Path.GetFileName(path)));
            return errno != 0 ? errno : Files.Sync(directory);
        }
    }
}
