using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>INIT: the first request of a connection: what the kernel speaks and can do.</summary>
internal readonly record struct InitRequest(uint Major, uint Minor, uint MaxReadahead, InitFlags Flags) : IRequest<InitRequest>
{
    public static bool TryParse(in InHeader header, ref RequestReader reader, out InitRequest request)
    {
        bool ok = reader.TryRead(out InitIn body);
        var flags = (InitFlags)body.Flags;
        // The second word is there only where the first one says so; older kernels send 16 bytes.
        if (flags.HasFlag(InitFlags.InitExt) && reader.TryRead(out uint flags2))
            flags |= (InitFlags)((ulong)flags2 << 32);
        request = new(body.Major, body.Minor, body.MaxReadahead, flags);
        return ok;
    }
}

/// <remarks>fuse_init_in, linux/fuse.h: its first 16 bytes. flags2 and 44 unused bytes follow since 7.36.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct InitIn
{
    public uint Major { get; init; }

    public uint Minor { get; init; }

    public uint MaxReadahead { get; init; }

    public uint Flags { get; init; }
}

/// <summary>The answer to INIT: what of it we take, and our limits.</summary>
/// <remarks>fuse_init_out, linux/fuse.h, 64 bytes since 7.23; max_stack_depth since 7.40, request_timeout since 7.43.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct InitOut : IReply
{
    public uint Major { get; init; }

    public uint Minor { get; init; }

    public uint MaxReadahead { get; init; }          // bytes

    public uint Flags { get; init; }                 // the low word of InitFlags

    public ushort MaxBackground { get; init; }       // requests that nobody waits for, in flight

    public ushort CongestionThreshold { get; init; } // of those, from where on read-ahead is held back

    public uint MaxWrite { get; init; }              // bytes

    public uint TimeGranularity { get; init; }       // ns

    public ushort MaxPages { get; init; }            // of 4 KiB, in one request

    public ushort MapAlignment { get; init; }

    public uint Flags2 { get; init; }                // the high word

    public uint MaxStackDepth { get; init; }         // for passthrough

    public ushort RequestTimeout { get; init; }      // s; 0: none

    private readonly Unused _unused;

    public int WriteTo(Span<byte> room) => StructWriter.Write(room, in this);

    [InlineArray(11)]
    private struct Unused
    {
        private ushort _first;
    }
}

/// <summary>What the two sides of a connection may agree on. FUSE_*, linux/fuse.h; the high word travels as flags2.</summary>
[Flags]
internal enum InitFlags : ulong
{
    None = 0,
    AsyncRead = 1UL << 0,
    PosixLocks = 1UL << 1,
    FileOps = 1UL << 2,
    AtomicTruncate = 1UL << 3,
    ExportSupport = 1UL << 4,
    BigWrites = 1UL << 5,
    DontMask = 1UL << 6,
    SpliceWrite = 1UL << 7,
    SpliceMove = 1UL << 8,
    SpliceRead = 1UL << 9,
    FlockLocks = 1UL << 10,
    HasIoctlDir = 1UL << 11,
    AutoInvalData = 1UL << 12,
    DoReadDirPlus = 1UL << 13,
    ReadDirPlusAuto = 1UL << 14,
    AsyncDio = 1UL << 15,
    WritebackCache = 1UL << 16,
    NoOpenSupport = 1UL << 17,
    ParallelDirOps = 1UL << 18,
    HandleKillPriv = 1UL << 19,
    PosixAcl = 1UL << 20,
    AbortError = 1UL << 21,
    MaxPages = 1UL << 22,
    CacheSymlinks = 1UL << 23,
    NoOpenDirSupport = 1UL << 24,
    ExplicitInvalData = 1UL << 25,
    MapAlignment = 1UL << 26,
    SubMounts = 1UL << 27,
    HandleKillPrivV2 = 1UL << 28,
    SetXattrExt = 1UL << 29,
    InitExt = 1UL << 30,
    SecurityContext = 1UL << 32,
    HasInodeDax = 1UL << 33,
    CreateSuppGroup = 1UL << 34,
    HasExpireOnly = 1UL << 35,
    DirectIoAllowMmap = 1UL << 36,
    Passthrough = 1UL << 37,
    NoExportSupport = 1UL << 38,
    HasResend = 1UL << 39,
    AllowIdmap = 1UL << 40,
    OverIoUring = 1UL << 41,
    RequestTimeout = 1UL << 42,
}
