namespace Nnpfs.Posix;

/// <summary>Puts file systems into the tree and takes them out. SOURCE: mount(2), umount(2).</summary>
public static class Mounts
{
    private const int Force = 1, Detach = 2, NoFollow = 8;

    /// <param name="source">for people: the first column of mount(8)'s list</param>
    /// <param name="target">a directory</param>
    /// <param name="type">"fuse.nnpfs"</param>
    /// <param name="flags">MS_*</param>
    /// <param name="data">the file system's own options, joined by commas</param>
    /// <returns>zero; EPERM: not root; EBUSY, ENOENT, ENOTDIR, ENODEV (no such type), EINVAL (an option)</returns>
    public static Errno Mount(string source, string target, string type, MountFlags flags, string data) =>
        Libc.mount(source, target, type, (nuint)flags, data) == 0 ? 0 : Files.LastErrno();

    /// <returns>zero; EBUSY: somebody uses it; EINVAL: not a mount point; EPERM: not root</returns>
    public static Errno Unmount(string target) => Libc.umount2(target, NoFollow) == 0 ? 0 : Files.LastErrno();

    /// <summary>Takes it out of the tree now; it ends when its last user is gone.</summary>
    public static Errno UnmountLazily(string target) => Libc.umount2(target, Detach | NoFollow) == 0 ? 0 : Files.LastErrno();

    /// <summary>Aborts the connection: every request in flight and to come fails, then it can be unmounted.</summary>
    public static Errno Abort(string target) => Libc.umount2(target, Force | NoFollow) == 0 ? 0 : Files.LastErrno();
}

/// <summary>MS_*, sys/mount.h.</summary>
[Flags]
public enum MountFlags : uint
{
    None = 0,
    ReadOnly = 1,
    NoSuid = 2,
    NoDev = 4,
    NoExec = 8,
    NoAtime = 1024,
    NoDirAtime = 2048,
    RelAtime = 1 << 21,
}
