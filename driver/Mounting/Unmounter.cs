using Nnpfs.Posix;

namespace Nnpfs.Driver.Mounting;

/// <summary>Takes a mount out of the tree: umount(2) as root, fusermount3 otherwise.</summary>
internal static class Unmounter
{
    /// <returns>zero; EBUSY; EINVAL: not mounted; EPERM: not ours</returns>
    public static Errno Unmount(string mountPoint, bool lazily)
    {
        if (!Privileges.IsRoot)
            return Fusermount.Unmount(mountPoint, lazily);
        return lazily ? Mounts.UnmountLazily(mountPoint) : Mounts.Unmount(mountPoint);
    }
}
