using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>Puts one struct of the kernel's at the front of a span.</summary>
internal static class StructWriter
{
    /// <returns>the struct's size in bytes</returns>
    public static int Write<T>(Span<byte> room, in T value)
        where T : unmanaged
    {
        MemoryMarshal.Write(room, in value);
        return Unsafe.SizeOf<T>();
    }
}
