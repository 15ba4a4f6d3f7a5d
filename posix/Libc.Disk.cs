using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>Locks, facts and space of files and file systems, as libc declares them.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int flock(SafeFd fd, int operation);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(SafeFd fd, int command, FileLock* argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(SafeFd fd, int command, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int syncfs(SafeFd fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fstatvfs(SafeFd fd, StatVfs* facts);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(SafeFd dirfd, byte* path, int flags, uint mask, StatX* facts);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int memfd_create(string name, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int renameat(SafeFd fromDir, byte* from, SafeFd toDir, byte* to);

    /// <remarks>struct flock, fcntl.h on 64 bits, 32 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FileLock
    {
        public short Type, Whence;
        public long Start, Length;
        public int Process;
    }

    /// <remarks>struct statvfs of glibc on 64 bits, 112 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    internal struct StatVfs
    {
        public ulong BlockSize, FragmentSize, Blocks, Free, Available, Files, FilesFree, FilesAvailable;
    }

    /// <remarks>struct statx, linux/stat.h, 256 bytes, the same on every architecture.</remarks>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct StatX
    {
        [FieldOffset(16)]
        public uint Links;

        [FieldOffset(28)]
        public ushort Mode; // the type and the permissions

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(48)]
        public ulong Blocks; // of 512 bytes
    }
}
