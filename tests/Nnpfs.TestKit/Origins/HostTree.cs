using Nnpfs.Origins;
using Nnpfs.Posix;

namespace Nnpfs.TestKit.Origins;

/// <summary>Writes files with names of any bytes beneath a directory of this machine.</summary>
public static class HostTree
{
    public static void Write(string root, OriginPath path, byte[] content)
    {
        using SafeFd directory = Files.Open(root, OpenModes.Path).Value;
        MakeParents(directory, path.Parent);
        using SafeFd file = Files.OpenBeneath(directory, path.Bytes, OpenModes.WriteOnly | OpenModes.Create | OpenModes.Truncate, 0x1A4).Value;
        Assert.Equal((Errno)0, Files.WriteAt(file, content, 0));
    }

    private static void MakeParents(SafeFd root, OriginPath directory)
    {
        if (directory.IsRoot)
            return;
        MakeParents(root, directory.Parent);
        Errno errno = Files.MakeDirectory(root, directory.Bytes, 0x1ED);
        Assert.True(errno is 0 or Errno.EEXIST, $"{errno}");
    }
}
