using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>Loop devices, mounts without a place in the tree, and descriptors of other processes: what libc has no names for.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ioctl_number(SafeFd fd, nuint request, nint argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int ioctl_loop(SafeFd fd, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint fsopen(nint number, string type, uint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint fsconfig(nint number, SafeFd context, uint command, string? key, string? value, int aux);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint fsmount(nint number, SafeFd context, uint flags, uint attributes);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint pidfd_open(nint number, int process, uint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint pidfd_getfd(nint number, SafeFd process, int fd, uint flags);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint pidfd_send_signal(nint number, SafeFd process, int signal, void* info, uint flags);

    /// <remarks>struct loop_info64, linux/loop.h, 232 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LoopInfo
    {
        public ulong Device, Inode, Rdevice, Offset, SizeLimit;
        public uint Number, EncryptType, EncryptKeySize, Flags;
        public fixed byte FileName[64];
        public fixed byte CryptName[64];
        public fixed byte EncryptKey[32];
        public fixed ulong Init[2];
    }

    /// <remarks>struct loop_config, linux/loop.h, 304 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LoopConfig
    {
        public uint File, BlockSize;
        public LoopInfo Info;
        public fixed ulong Reserved[8];
    }
}
