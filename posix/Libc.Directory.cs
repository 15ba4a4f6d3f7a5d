using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>statx(2), getdents64(2), readlinkat(2), inotify(7), as libc declares them. 64-bit Linux only.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(SafeFd dirfd, byte* path, int flags, uint mask, Statx* facts);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getdents64(SafeFd dirfd, void* buffer, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint readlinkat(SafeFd dirfd, byte* path, byte* target, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int inotify_init1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int inotify_add_watch(SafeFd inotify, byte* path, uint mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int inotify_rm_watch(SafeFd inotify, int watch);

    /// <remarks>statx_timestamp, linux/stat.h, 16 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct StatxTime
    {
        public long Seconds;
        public uint Nanoseconds;
        private readonly int _reserved;
    }

    /// <remarks>statx, linux/stat.h, 256 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Statx
    {
        public uint Mask;
        public uint BlockSize;
        public ulong Attributes;
        public uint Links;
        public uint Uid;
        public uint Gid;
        public ushort Mode;
        private readonly ushort _spare0;
        public ulong Inode;
        public ulong Size;
        public ulong Blocks;
        public ulong AttributesMask;
        public StatxTime Accessed;
        public StatxTime Born;
        public StatxTime Changed;
        public StatxTime Modified;
        public uint DeviceMajor;
        public uint DeviceMinor;
        public uint OnMajor;
        public uint OnMinor;
        public ulong MountId;
        private fixed ulong _spare[13];
    }
}
