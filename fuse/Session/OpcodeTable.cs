using Nnpfs.Fuse.Kernel;

namespace Nnpfs.Fuse.Session;

/// <summary>One row per opcode of the kernel. What is not here is on the list of omissions, with its reason.</summary>
internal sealed class OpcodeTable
{
    private readonly OpcodeRow?[] _rows = new OpcodeRow?[64];

    public OpcodeTable(HandlerSet handlers, InFlight inFlight)
    {
        foreach (OpcodeRow row in Rows(handlers, inFlight))
            _rows[(int)row.Opcode] = row;
    }

    /// <summary>Opcodes that have no row, and why. They are answered ENOSYS as everything unknown is.</summary>
    public static IReadOnlyDictionary<Opcode, string> Omissions { get; } = new Dictionary<Opcode, string>
    {
        [Opcode.Init] = "the session answers it itself, before its threads start; a second one is an error of the kernel's",
        [Opcode.NotifyReply] = "answers NOTIFY_RETRIEVE, which we never send",
        [Opcode.CuseInit] = "character devices in user space: another protocol",
    };

    public IEnumerable<OpcodeRow> All => _rows.OfType<OpcodeRow>();

    public OpcodeRow? Find(Opcode opcode) => (uint)opcode < (uint)_rows.Length ? _rows[(int)opcode] : null;

    private static OpcodeRow[] Rows(HandlerSet handlers, InFlight inFlight) =>
    [
        OpcodeRow.Of(Opcode.Lookup, "LOOKUP", 2, handlers.Lookup),
        OpcodeRow.Unanswered<ForgetRequest>(Opcode.Forget, "FORGET", 8, one => handlers.Forget.Forget(one.Node, one.Count)),
        OpcodeRow.Unanswered<BatchForgetRequest>(Opcode.BatchForget, "BATCH_FORGET", 8, batch => ForgetAll(handlers.Forget, batch)),
        OpcodeRow.Of(Opcode.GetAttr, "GETATTR", 16, handlers.GetAttr),
        OpcodeRow.Of(Opcode.Statx, "STATX", 24, handlers.Statx),
        OpcodeRow.Of(Opcode.ReadLink, "READLINK", 0, handlers.ReadLink),
        OpcodeRow.Of(Opcode.Open, "OPEN", 8, new ReadOnlyOpen(handlers.Open)),
        OpcodeRow.Of(Opcode.Read, "READ", 40, handlers.Read),
        OpcodeRow.Of(Opcode.Release, "RELEASE", 24, handlers.Release),
        OpcodeRow.Of(Opcode.ReadDir, "READDIR", 40, handlers.ReadDir),
        OpcodeRow.Of(Opcode.ReadDirPlus, "READDIRPLUS", 40, handlers.ReadDirPlus),
        OpcodeRow.Of(Opcode.StatFs, "STATFS", 0, handlers.StatFs),
        OpcodeRow.Of(Opcode.GetXattr, "GETXATTR", 10, handlers.GetXattr),
        OpcodeRow.Of(Opcode.ListXattr, "LISTXATTR", 8, handlers.ListXattr),
        OpcodeRow.Of(Opcode.Lseek, "LSEEK", 24, handlers.Lseek),
        OpcodeRow.Unanswered<InterruptRequest>(Opcode.Interrupt, "INTERRUPT", 8, other => inFlight.Interrupt(other.Unique)),
        OpcodeRow.Always(Opcode.Destroy, "DESTROY", 0, 0), // reads answer ENODEV from here on, which ends the session

        // The kernel opens directories by itself from this answer on, and closes them so: READDIR says all that there is to say.
        OpcodeRow.Always(Opcode.OpenDir, "OPENDIR", 8, Errno.ENOSYS), // SOURCE: FUSE_NO_OPENDIR_SUPPORT, linux/fuse.h, since 5.1
        OpcodeRow.Always(Opcode.ReleaseDir, "RELEASEDIR", 24, 0),

        // Nothing is ever dirty: success. (ENOSYS would mean the same to the kernel, which then stops asking.)
        OpcodeRow.Always(Opcode.Flush, "FLUSH", 24, Errno.ENOSYS),
        OpcodeRow.Always(Opcode.Fsync, "FSYNC", 16, Errno.ENOSYS),
        OpcodeRow.Always(Opcode.FsyncDir, "FSYNCDIR", 16, Errno.ENOSYS),
        OpcodeRow.Always(Opcode.SyncFs, "SYNCFS", 8, Errno.ENOSYS),

        // The kernel checks permissions itself (default_permissions) and does not ask; ENOSYS keeps it from asking again.
        OpcodeRow.Always(Opcode.Access, "ACCESS", 8, Errno.ENOSYS),
        OpcodeRow.Always(Opcode.Ioctl, "IOCTL", 32, Errno.ENOTTY),
        OpcodeRow.Always(Opcode.Poll, "POLL", 24, Errno.ENOSYS), // always ready, as files are
        OpcodeRow.Always(Opcode.Bmap, "BMAP", 16, Errno.ENOSYS),

        // Locks are the kernel's own business as long as they are not negotiated.
        OpcodeRow.Always(Opcode.GetLk, "GETLK", 48, Errno.ENOSYS),
        OpcodeRow.Always(Opcode.SetLk, "SETLK", 48, Errno.ENOSYS),
        OpcodeRow.Always(Opcode.SetLkw, "SETLKW", 48, Errno.ENOSYS),

        // Whatever would change something. The mount is read-only, so the kernel sends none of it; who changes that finds EROFS here.
        OpcodeRow.Always(Opcode.SetAttr, "SETATTR", 88, Errno.EROFS),
        OpcodeRow.Always(Opcode.Symlink, "SYMLINK", 4, Errno.EROFS),
        OpcodeRow.Always(Opcode.Mknod, "MKNOD", 18, Errno.EROFS),
        OpcodeRow.Always(Opcode.Mkdir, "MKDIR", 10, Errno.EROFS),
        OpcodeRow.Always(Opcode.Unlink, "UNLINK", 2, Errno.EROFS),
        OpcodeRow.Always(Opcode.Rmdir, "RMDIR", 2, Errno.EROFS),
        OpcodeRow.Always(Opcode.Rename, "RENAME", 12, Errno.EROFS),
        OpcodeRow.Always(Opcode.Rename2, "RENAME2", 20, Errno.EROFS),
        OpcodeRow.Always(Opcode.Link, "LINK", 10, Errno.EROFS),
        OpcodeRow.Always(Opcode.Write, "WRITE", 40, Errno.EROFS),
        OpcodeRow.Always(Opcode.Create, "CREATE", 18, Errno.EROFS),
        OpcodeRow.Always(Opcode.TmpFile, "TMPFILE", 16, Errno.EROFS),
        OpcodeRow.Always(Opcode.SetXattr, "SETXATTR", 10, Errno.EROFS),
        OpcodeRow.Always(Opcode.RemoveXattr, "REMOVEXATTR", 2, Errno.EROFS),
        OpcodeRow.Always(Opcode.Fallocate, "FALLOCATE", 32, Errno.EROFS),
        OpcodeRow.Always(Opcode.CopyFileRange, "COPY_FILE_RANGE", 56, Errno.EROFS),
        OpcodeRow.Always(Opcode.CopyFileRange64, "COPY_FILE_RANGE_64", 56, Errno.EROFS),

        // DAX: never negotiated.
        OpcodeRow.Always(Opcode.SetupMapping, "SETUPMAPPING", 40, Errno.ENOSYS),
        OpcodeRow.Always(Opcode.RemoveMapping, "REMOVEMAPPING", 4, Errno.ENOSYS),
    ];

    private static void ForgetAll(IForgetHandler handler, BatchForgetRequest batch)
    {
        foreach (ForgetOne one in batch.Items)
            handler.Forget(one.Node, one.Count);
    }
}
