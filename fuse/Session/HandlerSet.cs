using Nnpfs.Fuse.Kernel;

namespace Nnpfs.Fuse.Session;

/// <summary>One handler per request that needs to know the tree. All else is answered by the table of opcodes itself.</summary>
/// <remarks>Composed by hand where the process starts.</remarks>
internal sealed record HandlerSet
{
    /// <summary>The session counts here what comes.</summary>
    public RequestCounts Counts { get; init; } = new();

    public required IHandler<LookupRequest, EntryOut> Lookup { get; init; }

    public required IForgetHandler Forget { get; init; }

    public required IHandler<GetAttrRequest, AttrOut> GetAttr { get; init; }

    public required IHandler<StatxRequest, StatxOut> Statx { get; init; }

    public required IHandler<ReadLinkRequest, Bytes> ReadLink { get; init; }

    /// <summary>Opens for reading alone: the table answers the others with EROFS.</summary>
    public required IHandler<OpenRequest, OpenOut> Open { get; init; }

    public required IHandler<ReadRequest, Bytes> Read { get; init; }

    public required IHandler<ReleaseRequest, Nothing> Release { get; init; }

    public required IHandler<ReadDirRequest, Bytes> ReadDir { get; init; }

    public required IHandler<ReadDirRequest, Bytes> ReadDirPlus { get; init; }

    public required IHandler<StatFsRequest, StatFsOut> StatFs { get; init; }

    public required IHandler<GetXattrRequest, Bytes> GetXattr { get; init; }

    public required IHandler<ListXattrRequest, Bytes> ListXattr { get; init; }

    public required IHandler<LseekRequest, LseekOut> Lseek { get; init; }
}
