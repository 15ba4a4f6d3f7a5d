namespace Nnpfs.Posix;

/// <summary>Locks, sizes and free space: what a cache wants to know of its files and of the file system beneath them.</summary>
/// <remarks>SOURCE: flock(2), fcntl(2), statx(2), fstatvfs(3), syncfs(2), renameat(2), memfd_create(2).</remarks>
public static unsafe class Disk
{
    private const int Exclusive = 2, NonBlocking = 4, Unlocked = 8;
    private const int GetOpenFileLock = 36, SetOpenFileLock = 37;
    private const short ReadLock = 0, WriteLock = 1, NoLock = 2;
    private const int EmptyPath = 0x1000, MaxName = 256;
    private const int TypeMask = 0xF000, RegularFile = 0x8000; // S_IFMT, S_IFREG
    private const uint BasicStats = 0x7ff, CloseOnExec = 1;

    /// <summary>Takes the whole file for this process until the descriptor is closed; never waits.</summary>
    /// <returns>zero, or EWOULDBLOCK when somebody else has it</returns>
    public static Errno TryLock(SafeFd file)
    {
        while (Libc.flock(file, Exclusive | NonBlocking) != 0)
        {
            if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
        return 0;
    }

    /// <summary>Gives up what <see cref="TryLock"/> took. Closing alone is not enough while a child that is just being started has
    /// inherited the descriptor and not yet run its program.</summary>
    public static void Unlock(SafeFd file) => _ = Libc.flock(file, Unlocked);

    /// <summary>Marks a file as in use for as long as anybody has this very opening of it, handed on or not; never waits.</summary>
    /// <remarks>A lock of the opening (F_OFD_SETLK), not flock(2): that one belongs to the applications that read the file.</remarks>
    /// <param name="file">open for reading</param>
    /// <returns>zero, or EWOULDBLOCK when it is being taken</returns>
    public static Errno TryUse(SafeFd file) => SetLock(file, ReadLock);

    /// <summary>Takes a file that nobody uses, until the descriptor is closed; never waits.</summary>
    /// <param name="file">open for writing</param>
    /// <returns>zero, or EWOULDBLOCK when it is in use</returns>
    public static Errno TryTake(SafeFd file) => SetLock(file, WriteLock);

    /// <summary>Whether another opening of the file is marked by <see cref="TryUse"/>, or has taken it.</summary>
    public static bool IsInUse(SafeFd file)
    {
        var held = new Libc.FileLock { Type = WriteLock };
        // SAFETY: the struct is on our stack, of the size that the kernel defines.
        return Libc.fcntl(file, GetOpenFileLock, &held) == 0 && held.Type != NoLock;
    }

    private static Errno SetLock(SafeFd file, short type)
    {
        var wanted = new Libc.FileLock { Type = type };
        // SAFETY: as above. Start and length 0: the whole file.
        while (Libc.fcntl(file, SetOpenFileLock, &wanted) != 0)
        {
            if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
        return 0;
    }

    /// <summary>Everything written so far to the file system that holds <paramref name="file"/>, names included, is on the disk.</summary>
    public static Errno SyncFileSystem(SafeFd file) => Libc.syncfs(file) == 0 ? 0 : Files.LastErrno();

    /// <summary>Sets the permission bits, whatever the umask is.</summary>
    public static Errno SetMode(SafeFd file, uint mode) => Libc.fchmod(file, mode) == 0 ? 0 : Files.LastErrno();

    /// <summary>Gives a file of <paramref name="directory"/> another name there, in place of what has that name.</summary>
    public static Errno Rename(SafeFd directory, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        Span<byte> source = stackalloc byte[MaxName], target = stackalloc byte[MaxName];
        if (from.Length >= MaxName || to.Length >= MaxName)
            return Errno.ENAMETOOLONG;
        source[from.Length] = target[to.Length] = 0;
        from.CopyTo(source);
        to.CopyTo(target);
        // SAFETY: both names are NUL-terminated on our stack.
        fixed (byte* old = source, young = target)
            return Libc.renameat(directory, old, directory, young) == 0 ? 0 : Files.LastErrno();
    }

    /// <summary>The length of a file and what it really takes on the disk.</summary>
    public static Result<FileExtent> Extent(SafeFd file)
    {
        byte empty = 0;
        Libc.StatX facts;
        // SAFETY: an empty, terminated path on our stack; the kernel fills a struct of the size that it defines.
        if (Libc.statx(file, &empty, EmptyPath, BasicStats, &facts) != 0)
            return Files.LastErrno();
        return new FileExtent((long)facts.Size, (long)facts.Blocks * 512) { IsRegular = (facts.Mode & TypeMask) == RegularFile, HasName = facts.Links > 0 };
    }

    /// <summary>Room on the file system that holds <paramref name="file"/>, for a user without privileges.</summary>
    public static Result<DiskSpace> Space(SafeFd file)
    {
        Libc.StatVfs facts;
        // SAFETY: libc fills a struct of the size that it defines.
        if (Libc.fstatvfs(file, &facts) != 0)
            return Files.LastErrno();
        return new DiskSpace((long)(facts.Blocks * facts.FragmentSize), (long)(facts.Available * facts.FragmentSize));
    }

    /// <summary>A file in memory without a name.</summary>
    /// <param name="label">for people who look into /proc</param>
    public static Result<SafeFd> MemoryFile(string label)
    {
        int fd = Libc.memfd_create(label, CloseOnExec);
        return fd >= 0 ? new SafeFd(fd) : Files.LastErrno();
    }
}

/// <param name="Length">bytes up to the end of the file</param>
/// <param name="Allocated">bytes that it takes on the disk; less where it has holes</param>
public readonly record struct FileExtent(long Length, long Allocated)
{
    /// <summary>No directory, pipe or device.</summary>
    public bool IsRegular { get; init; }

    /// <summary>It is not unlinked.</summary>
    public bool HasName { get; init; }
}

/// <param name="Total">bytes</param>
/// <param name="Available">bytes</param>
public readonly record struct DiskSpace(long Total, long Available);
