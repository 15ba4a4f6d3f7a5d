namespace Nnpfs.Fuse.Kernel;

/// <summary>STATFS: how full the file system is. No body.</summary>
internal readonly record struct StatFsRequest(ulong Node) : IRequest<StatFsRequest>
{
    public static bool TryParse(in InHeader header, ref RequestReader reader, out StatFsRequest request)
    {
        request = new(header.Node);
        return true;
    }
}
