using Nnpfs.Posix;

namespace Nnpfs.Driver.Data;

/// <summary>Whether the kernel takes backing files of this mount.</summary>
/// <param name="Device">where they are registered; null: it does not</param>
/// <param name="Reason">why not, for people</param>
internal readonly record struct BackingOffer(IBackingDevice? Device, string Reason)
{
    /// <summary>Registers a file of no consequence, to know before the first open.</summary>
    public static BackingOffer Probe(IBackingDevice device)
    {
        if (!Disk.MemoryFile("nnpfs-probe").TryGet(out SafeFd? file, out Errno errno))
            return new(null, Explain(errno));
        using (file)
        {
            if (!device.OpenBacking(file).TryGet(out int id, out errno))
                return new(null, Explain(errno));
            _ = device.CloseBacking(id);
            return new(device, "");
        }
    }

    public static string Explain(Errno errno) => errno switch
    {
        Errno.EPERM => "it takes CAP_SYS_ADMIN in the first user namespace",
        Errno.ENOTTY or Errno.EOPNOTSUPP or Errno.ENOSYS or Errno.EINVAL => "this kernel has none (Linux 6.9, CONFIG_FUSE_PASSTHROUGH)",
        Errno.ELOOP => "the cache lies on a stacked file system (overlay, FUSE)",
        _ => $"the kernel answers {errno}",
    };
}
