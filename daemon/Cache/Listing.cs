using System.Text;
using Nnpfs.Posix;

namespace Nnpfs.Daemon.Cache;

/// <summary>The names in a directory of the cache: ours are plain ASCII, others are nobody's business here.</summary>
internal static class Listing
{
    /// <returns>nothing where the directory cannot be read</returns>
    public static IReadOnlyList<string> Of(SafeFd root, string directory)
    {
        if (!Files.OpenBeneath(root, Encoding.ASCII.GetBytes(directory.Length == 0 ? "." : directory), OpenModes.ReadOnly).TryGet(out SafeFd? opened, out _))
            return [];
        using (opened)
        {
            var path = new DirectoryInfo($"/proc/self/fd/{opened.Number}/");
            try
            {
                return [.. path.EnumerateFileSystemInfos().Select(entry => entry.Name)];
            }
            catch (IOException)
            {
                return []; // it went while it was read
            }
        }
    }
}
