namespace Nnpfs.Posix;

/// <summary>Where backing files are registered: what the kernel may read by itself in place of a file of ours. SOURCE: linux/fuse.h (7.40).</summary>
public interface IBackingDevice
{
    /// <summary>Lends a file to the kernel, which opens it anew for each open file that is answered with the id.</summary>
    /// <param name="file">a regular one; may be closed afterwards</param>
    /// <returns>the id, above zero; EPERM: no CAP_SYS_ADMIN in the first user namespace, or never agreed on; ELOOP: the file lies on a
    /// file system that is stacked itself; ENOTTY: a kernel without it; ENODEV: unmounted</returns>
    Result<int> OpenBacking(SafeFd file);

    /// <summary>Takes the id back; open files that have it keep it.</summary>
    Errno CloseBacking(int id);
}
