using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>Files by descriptor: whole calls, retried on EINTR, answered with an errno and never with an exception.</summary>
/// <remarks>SOURCE: open(2), openat2(2), pread(2), pwrite(2), fsync(2), mkdirat(2), unlinkat(2).</remarks>
public static unsafe class Files
{
    private const nint SysOpenat2 = 437; // the same number on every architecture
    private const ulong Beneath = 0x08, NoSymlinks = 0x04, NoMagicLinks = 0x02, NoXdev = 0x01;
    internal const int MaxPath = 4096;
    private const int RemoveDir = 0x200;
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>Opens <paramref name="path"/> as open(2) does; always close-on-exec.</summary>
    public static Result<SafeFd> Open(string path, OpenModes flags, uint mode = 0)
    {
        while (true)
        {
            int fd = Libc.open(path, (int)(flags | OpenModes.CloseOnExec), mode);
            if (fd >= 0)
                return new SafeFd(fd);
            if (LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
    }

    /// <summary>Opens a file beneath <paramref name="directory"/>: no symlink, no mount point and no "..", at no step.</summary>
    /// <param name="directory">where the resolution starts, and what it cannot leave</param>
    /// <param name="path">bytes of a relative path, without a NUL</param>
    /// <param name="flags">as open(2); always close-on-exec</param>
    /// <param name="mode">permission bits of a file that this creates</param>
    /// <returns>the descriptor; ENOENT, EXDEV, ELOOP, EACCES, EMFILE, ENAMETOOLONG</returns>
    public static Result<SafeFd> OpenBeneath(SafeFd directory, ReadOnlySpan<byte> path, OpenModes flags, uint mode = 0)
    {
        return OpenAt(directory, path, flags, mode, Beneath | NoSymlinks | NoMagicLinks | NoXdev);
    }

    /// <summary>As <see cref="OpenBeneath"/>, but mount points may be crossed, and a symlink as the last name is opened as itself.</summary>
    /// <returns>the descriptor, for <see cref="Directories"/> or <see cref="Reopen"/>: it is open as a path only</returns>
    public static Result<SafeFd> OpenPathBeneath(SafeFd directory, ReadOnlySpan<byte> path) =>
        OpenAt(directory, path, OpenModes.Path | (OpenModes)NoFollow, 0, Beneath | NoSymlinks | NoMagicLinks);

    /// <summary>Opens what a path descriptor stands for, and nothing else, whatever has become of its name. Needs /proc.</summary>
    public static Result<SafeFd> Reopen(SafeFd path, OpenModes flags) => Open($"/proc/self/fd/{path.Number}", flags);

    private static Result<SafeFd> OpenAt(SafeFd directory, ReadOnlySpan<byte> path, OpenModes flags, uint mode, ulong resolve)
    {
        var how = new Libc.OpenHow
        {
            Flags = (ulong)(flags | OpenModes.CloseOnExec),
            Mode = flags.HasFlag(OpenModes.Create) ? mode : 0,
            Resolve = resolve,
        };
        Span<byte> terminated = stackalloc byte[Math.Min(path.Length + 1, MaxPath)];
        if (!Terminate(path, terminated))
            return Errno.ENAMETOOLONG;
        while (true)
        {
            nint fd;
            // SAFETY: the path is NUL-terminated on our stack, the struct has the size that is passed.
            fixed (byte* name = terminated)
                fd = Libc.syscall(SysOpenat2, directory, name, &how, (nuint)sizeof(Libc.OpenHow));
            if (fd >= 0)
                return new SafeFd((int)fd);
            // EAGAIN: a rename elsewhere raced with the resolution; openat2(2) says to try again.
            if (LastErrno() is var errno && errno is not (Errno.EINTR or Errno.EAGAIN))
                return errno;
        }
    }

    /// <summary>Reads at <paramref name="offset"/> until the buffer is full or the file ends.</summary>
    /// <returns>bytes read; fewer than the buffer holds only at the end of the file</returns>
    public static Result<int> ReadAt(SafeFd file, Span<byte> buffer, long offset)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            nint count;
            // SAFETY: the kernel writes at most the length passed, which is what is left of the span.
            fixed (byte* start = buffer[done..])
                count = Libc.pread(file, start, (nuint)(buffer.Length - done), offset + done);
            if (count == 0)
                break;
            if (count > 0)
                done += (int)count;
            else if (LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
        return done;
    }

    /// <summary>Writes the whole buffer at <paramref name="offset"/>.</summary>
    /// <returns>zero, or ENOSPC, EDQUOT, EIO ...; then an unknown part of the buffer is written</returns>
    public static Errno WriteAt(SafeFd file, ReadOnlySpan<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            nint count;
            // SAFETY: the kernel reads at most the length passed, which is the span's own.
            fixed (byte* start = buffer)
                count = Libc.pwrite(file, start, (nuint)buffer.Length, offset);
            if (count >= 0)
            {
                buffer = buffer[(int)count..];
                offset += count;
            }
            else if (LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
        return 0;
    }

    public static Errno SetLength(SafeFd file, long length) => Retry(file, length, Libc.ftruncate);

    /// <summary>Data and what is needed to read it back are on the disk when this returns zero.</summary>
    public static Errno SyncData(SafeFd file) => Retry(file, 0, static (fd, _) => Libc.fdatasync(fd));

    /// <summary>As <see cref="SyncData"/>, with all metadata; on a directory: its names.</summary>
    public static Errno Sync(SafeFd file) => Retry(file, 0, static (fd, _) => Libc.fsync(fd));

    public static Errno MakeDirectory(SafeFd directory, ReadOnlySpan<byte> name, uint mode)
    {
        Span<byte> terminated = stackalloc byte[Math.Min(name.Length + 1, MaxPath)];
        if (!Terminate(name, terminated))
            return Errno.ENAMETOOLONG;
        // SAFETY: the name is NUL-terminated on our stack.
        fixed (byte* path = terminated)
            return Libc.mkdirat(directory, path, mode) == 0 ? 0 : LastErrno();
    }

    /// <summary>Removes a name: a file's, or an empty directory's with <paramref name="isDirectory"/>.</summary>
    public static Errno Remove(SafeFd directory, ReadOnlySpan<byte> name, bool isDirectory = false)
    {
        Span<byte> terminated = stackalloc byte[Math.Min(name.Length + 1, MaxPath)];
        if (!Terminate(name, terminated))
            return Errno.ENAMETOOLONG;
        // SAFETY: the name is NUL-terminated on our stack.
        fixed (byte* path = terminated)
            return Libc.unlinkat(directory, path, isDirectory ? RemoveDir : 0) == 0 ? 0 : LastErrno();
    }

    /// <summary>The errno of the last call on this thread that was declared with SetLastError.</summary>
    internal static Errno LastErrno() => (Errno)Marshal.GetLastPInvokeError();

    internal static bool Terminate(ReadOnlySpan<byte> path, Span<byte> terminated)
    {
        if (path.Length >= terminated.Length || path.Contains((byte)0))
            return false;
        path.CopyTo(terminated);
        terminated[path.Length] = 0;
        return true;
    }

    private static Errno Retry(SafeFd file, long argument, Func<SafeFd, long, int> call)
    {
        while (call(file, argument) != 0)
        {
            if (LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
        return 0;
    }
}
