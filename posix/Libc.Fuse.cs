using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>fuse(4): the calls of its device that read(2) and write(2) do not cover.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint writev(SafeFd fd, IoVector* vectors, int count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(SafeFd fd, nuint request, uint* argument);
}
