using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The answer to OPEN. (Directories: the kernel opens them by itself, as with KeepCache and CacheDir.)</summary>
/// <remarks>fuse_open_out, linux/fuse.h, 16 bytes; the backing id since 7.40 (padding before).</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct OpenOut : IReply
{
    public OpenOut(FileHandle file, OpenAnswers answers) => (File, Answers) = (file, answers);

    public FileHandle File { get; init; }

    public OpenAnswers Answers { get; init; }

    public int BackingId { get; init; } // with Passthrough alone

    public int WriteTo(Span<byte> room) => StructWriter.Write(room, in this);
}

/// <summary>How the kernel is to treat an open file. FOPEN_*, linux/fuse.h.</summary>
[Flags]
internal enum OpenAnswers : uint
{
    None = 0,
    DirectIo = 1,
    KeepCache = 1 << 1,     // cached pages stay: the version is the one that they were read from
    NonSeekable = 1 << 2,
    CacheDir = 1 << 3,      // the kernel keeps the listing of this directory
    Stream = 1 << 4,
    NoFlush = 1 << 5,       // send no FLUSH on close
    ParallelDirectWrites = 1 << 6,
    Passthrough = 1 << 7,
}
