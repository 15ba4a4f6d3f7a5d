using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>Users, capabilities, prctl(2), seccomp(2) and execv(3), as libc declares them.</summary>
internal static unsafe partial class Libc
{
    internal const int PrCapbsetDrop = 24, PrSetNoNewPrivs = 38, PrCapAmbient = 47, PrCapAmbientClearAll = 4;

    [LibraryImport(Library)]
    internal static partial uint geteuid();

    [LibraryImport(Library)]
    internal static partial uint getegid();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setgroups(nuint count, uint* groups);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setresgid(uint real, uint effective, uint saved);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int setresuid(uint real, uint effective, uint saved);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int prctl(int option, nuint two, nuint three, nuint four, nuint five);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int capset(CapabilityHeader* header, CapabilityData* data);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int execv(byte* path, byte** arguments);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint seccomp(nint number, uint operation, uint flags, FilterProgram* program);

    /// <remarks>__user_cap_header_struct, linux/capability.h, version 3. 8 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CapabilityHeader
    {
        public uint Version;
        public int Process;
    }

    /// <remarks>__user_cap_data_struct, linux/capability.h: version 3 takes two of them. 12 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct CapabilityData
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }

    /// <remarks>sock_fprog, linux/filter.h. 16 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct FilterProgram
    {
        public ushort Count;
        public FilterStep* Steps;
    }

    /// <remarks>sock_filter, linux/filter.h. 8 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct FilterStep(ushort code, byte ifTrue, byte ifFalse, uint operand)
    {
        public readonly ushort Code = code;
        public readonly byte IfTrue = ifTrue;
        public readonly byte IfFalse = ifFalse;
        public readonly uint Operand = operand;
    }
}
