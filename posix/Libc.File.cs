using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>open(2), read(2), write(2) and their kin, as libc declares them. 64-bit Linux only.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int fd);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(SafeFd fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(SafeFd fd, void* buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint pread(SafeFd fd, void* buffer, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint pwrite(SafeFd fd, void* buffer, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getxattr(byte* path, byte* name, void* value, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ftruncate(SafeFd fd, long length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fsync(SafeFd fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fdatasync(SafeFd fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, SafeFd dirfd, byte* path, OpenHow* how, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mkdirat(SafeFd dirfd, byte* path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int unlinkat(SafeFd dirfd, byte* path, int flags);

    /// <remarks>open_how, linux/openat2.h, 24 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}
