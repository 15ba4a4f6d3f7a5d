using System.Globalization;
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

    /// <summary>Aborts the connection, so that nothing waits for it any more, and takes it out of the tree even while it is used.</summary>
    /// <returns>as <see cref="Unmount"/></returns>
    public static Errno Force(MountEntry mount)
    {
        Errno errno = Privileges.IsRoot ? Mounts.Abort(mount.MountPoint) : AbortOwn(mount);
        // Its driver, once aborted, takes the mount away as well. If it was the first, what lies beneath is not ours.
        if ((Privileges.IsRoot ? errno == Errno.EBUSY : errno == 0) && IsThere(mount))
            errno = Unmount(mount.MountPoint, lazily: true);
        return IsThere(mount) ? errno : 0;
    }

    private static bool IsThere(MountEntry mount) => MountEntry.At(mount.MountPoint)?.Id == mount.Id;

    /// <summary>The kernel gives the switch to who mounted. SOURCE: Documentation/filesystems/fuse.rst, the control filesystem.</summary>
    /// <returns>EACCES: another's mount; ENOENT: the control filesystem is not mounted</returns>
    private static Errno AbortOwn(MountEntry mount)
    {
        Result<SafeFd> opened = Files.Open(string.Create(CultureInfo.InvariantCulture, $"/sys/fs/fuse/connections/{mount.Minor}/abort"), OpenModes.WriteOnly | OpenModes.CloseOnExec);
        if (!opened.TryGet(out SafeFd? abort, out Errno errno))
            return errno;
        using (abort)
            return Pipes.Write(abort, "1"u8);
    }
}
