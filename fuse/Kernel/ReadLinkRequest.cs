namespace Nnpfs.Fuse.Kernel;

/// <summary>READLINK: where a symlink points. No body; answered by the target's <see cref="Bytes"/>, without a NUL.</summary>
internal readonly record struct ReadLinkRequest(ulong Node) : IRequest<ReadLinkRequest>
{
    public static bool TryParse(in InHeader header, ref RequestReader reader, out ReadLinkRequest request)
    {
        request = new(header.Node);
        return true;
    }
}
