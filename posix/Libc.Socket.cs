using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>unix(7): sockets and what travels beside their bytes, as libc declares them.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socketpair(int domain, int type, int protocol, int* pair);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int bind(SafeFd socket, SocketAddress* address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int listen(SafeFd socket, int backlog);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int accept4(SafeFd socket, void* address, uint* length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int connect(SafeFd socket, SocketAddress* address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint sendmsg(SafeFd socket, MessageHeader* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recvmsg(SafeFd socket, MessageHeader* message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int getsockopt(SafeFd socket, int level, int option, void* value, uint* length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setsockopt(SafeFd socket, int level, int option, void* value, uint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int shutdown(SafeFd socket, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmod(SafeFd file, uint mode);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int chmod(string path, uint mode);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int unlink(string path);

    /// <remarks>sockaddr_un, sys/un.h, 110 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct SocketAddress
    {
        public const int MaxPath = 108;

        public ushort Family;
        public fixed byte Path[MaxPath];
    }

    /// <remarks>iovec, sys/uio.h, 16 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <remarks>msghdr, sys/socket.h, 56 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <remarks>cmsghdr, sys/socket.h, 16 bytes, followed here by room for two descriptors: 24 bytes, CMSG_SPACE(4).</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DescriptorMessage
    {
        public const int HeaderSize = 16;

        public nuint Length;
        public int Level;
        public int Type;
        public fixed int Descriptors[2];
    }
}
