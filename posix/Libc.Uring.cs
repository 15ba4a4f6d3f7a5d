using System.Runtime.InteropServices;

namespace Nnpfs.Posix;

/// <summary>io_uring_setup(2), io_uring_enter(2), and the memory and the events that go with them.</summary>
internal static unsafe partial class Libc
{
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint io_uring_setup(nint number, uint entries, UringParameters* parameters);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint io_uring_enter(nint number, SafeFd ring, uint submit, uint complete, uint flags, void* signals, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial void* mmap(void* address, nuint length, int protection, int flags, int fd, long offset);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int munmap(void* address, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int madvise(void* address, nuint length, int advice);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int eventfd(uint start, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_setaffinity(int thread, nuint size, byte* mask);

    /// <remarks>struct io_uring_params, linux/io_uring.h, 120 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UringParameters
    {
        public uint SubmissionEntries, CompletionEntries, Flags, ThreadCpu, ThreadIdle, Features, WorkerFd, Reserved0, Reserved1, Reserved2;
        public UringOffsets Submission, Completion;
    }

    /// <remarks>struct io_sqring_offsets and io_cqring_offsets, linux/io_uring.h, 40 bytes each. Last: the array of the former; in the
    /// latter, Dropped is the overflow, and Array is flags.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UringOffsets
    {
        public uint Head, Tail, Mask, Entries, FlagsOrOverflow, DroppedOrEntries, Array, Reserved;
        public ulong UserAddress;
    }

    /// <remarks>struct io_uring_sqe with IORING_SETUP_SQE128, linux/io_uring.h, 128 bytes; from 48 on what the command is about.</remarks>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct UringSubmission
    {
        [FieldOffset(0)]
        public byte Opcode;

        [FieldOffset(4)]
        public int Fd;

        [FieldOffset(8)]
        public ulong Offset; // of a read; of a command, its number

        [FieldOffset(16)]
        public void* Address;

        [FieldOffset(24)]
        public uint Length;

        [FieldOffset(32)]
        public ulong UserData;

        [FieldOffset(48)]
        public FuseRingCommand Command;
    }

    /// <remarks>struct io_uring_cqe, linux/io_uring.h, 16 bytes.</remarks>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UringCompletion
    {
        public ulong UserData;
        public int Result; // zero or more, or a negated errno
        public uint Flags;
    }
}
