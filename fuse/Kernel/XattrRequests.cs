using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>GETXATTR: the value of one extended attribute. Answered through <see cref="XattrAnswer"/>.</summary>
/// <param name="Node">whose</param>
/// <param name="Name">with its namespace: "user.nnpfs.node"</param>
/// <param name="Size">bytes of the application's buffer; zero asks for the value's size alone</param>
internal readonly record struct GetXattrRequest(ulong Node, Name Name, int Size) : IRequest<GetXattrRequest>
{
    public string Detail => $"name={Name} size={Size}";

    public static bool TryParse(in InHeader header, ref RequestReader reader, out GetXattrRequest request)
    {
        request = default;
        if (!reader.TryRead(out XattrSize body) || body.Size > int.MaxValue || !reader.TryReadName(out Name name))
            return false;
        request = new(header.Node, name, (int)body.Size);
        return true;
    }
}

/// <summary>LISTXATTR: the names of all extended attributes, each ended by a NUL. Answered through <see cref="XattrAnswer"/>.</summary>
/// <param name="Node">whose</param>
/// <param name="Size">bytes of the application's buffer; zero asks for the list's size alone</param>
internal readonly record struct ListXattrRequest(ulong Node, int Size) : IRequest<ListXattrRequest>
{
    public string Detail => $"size={Size}";

    public static bool TryParse(in InHeader header, ref RequestReader reader, out ListXattrRequest request)
    {
        bool ok = reader.TryRead(out XattrSize body) && body.Size <= int.MaxValue;
        request = ok ? new(header.Node, (int)body.Size) : default;
        return ok;
    }
}

/// <summary>A size alone: what both requests carry, and what answers a request whose own size is zero.</summary>
/// <remarks>fuse_getxattr_in and fuse_getxattr_out, linux/fuse.h, 8 bytes each.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct XattrSize
{
    public uint Size { get; init; }

    private readonly uint _padding;
}
