namespace Nnpfs.Fuse.Kernel;

/// <summary>LOOKUP: resolve one name in one directory. Sent when the kernel's entry is unknown or has expired.</summary>
/// <remarks>The body is the name and a NUL. Answered by <see cref="EntryOut"/>.</remarks>
internal readonly record struct LookupRequest(ulong Parent, Name Name) : IRequest<LookupRequest>
{
    public string Detail => $"name={Name}";

    public static bool TryParse(in InHeader header, ref RequestReader reader, out LookupRequest request)
    {
        bool ok = reader.TryReadName(out Name name);
        request = new(header.Node, name);
        return ok;
    }
}
