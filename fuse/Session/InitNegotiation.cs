using Nnpfs.Fuse.Kernel;
using Nnpfs.Posix;

namespace Nnpfs.Fuse.Session;

/// <summary>What we make of the kernel's INIT. Pure: numbers in, numbers out.</summary>
internal static class InitNegotiation
{
    public const uint Major = 7, Minor = 45;

    /// <summary>Linux 5.4. Older kernels lack MAX_PAGES, READDIR caching and EXPLICIT_INVAL_DATA together, and nobody tests them.</summary>
    public const uint OldestMinor = 31;

    /// <summary>Bytes of the largest body that is ever agreed upon.</summary>
    public const int MostReply = MostPages * KernelPage;

    private const int KernelPage = 4096, MostPages = 256;
    private const ushort DefaultMaxPages = 32; // what a kernel without MAX_PAGES sends at most
    private const uint MaxWrite = 4096;        // the least that the kernel takes: we are read-only

    /// <summary>Flags that we take where the kernel offers them. Not taken: locks (the kernel's own work well), KILLPRIV and write-back
    /// (read-only), ASYNC_DIO unless it is asked for (a direct read that waits could not even be killed), EXPORT_SUPPORT (would
    /// need forgotten nodes to be found
    /// again). Opens are elided without a flag, by the answer ENOSYS.</summary>
    private const InitFlags Wanted =
        InitFlags.AsyncRead | InitFlags.ParallelDirOps | InitFlags.DoReadDirPlus | InitFlags.ReadDirPlusAuto
        | InitFlags.CacheSymlinks | InitFlags.ExplicitInvalData | InitFlags.MaxPages | InitFlags.InitExt | InitFlags.HasExpireOnly;

    /// <summary>EPROTO: the kernel is older than what we can serve.</summary>
    public static Result<Agreement> Agree(in InitRequest kernel, SessionOptions options)
    {
        if (kernel.Major < Major || kernel.Major == Major && kernel.Minor < OldestMinor)
            return Errno.EPROTO;
        InitFlags flags = kernel.Flags
            & (Wanted | (options.Passthrough ? InitFlags.Passthrough : 0) | (options.OverIoUring ? InitFlags.OverIoUring : 0)
                | (options.AsyncDirectReads ? InitFlags.AsyncDio : 0));
        ushort pages = flags.HasFlag(InitFlags.MaxPages) ? (ushort)Math.Clamp(options.MaxPagesLimit, 1, MostPages) : DefaultMaxPages;
        var answer = new InitOut
        {
            Major = Major,
            Minor = Minor,
            MaxReadahead = kernel.MaxReadahead,
            Flags = (uint)flags,
            Flags2 = (uint)((ulong)flags >> 32),
            MaxBackground = 512, // a slow origin must not hold back the read-ahead of others
            CongestionThreshold = 384,
            MaxWrite = MaxWrite,
            TimeGranularity = 1,
            MaxPages = pages,
            MaxStackDepth = flags.HasFlag(InitFlags.Passthrough) ? 1u : 0, // the file systems below ours are not stacked themselves
        };
        return new Agreement(answer, flags, Math.Min(kernel.Minor, Minor), pages * KernelPage);
    }
}

/// <param name="Answer">to send</param>
/// <param name="Flags">that hold from here on</param>
/// <param name="ProtocolMinor">the smaller of both sides'</param>
/// <param name="MaxReply">bytes of the largest body that the kernel will ask for</param>
internal sealed record Agreement(InitOut Answer, InitFlags Flags, uint ProtocolMinor, int MaxReply);
