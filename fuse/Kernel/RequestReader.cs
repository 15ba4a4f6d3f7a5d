using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Nnpfs.Fuse.Kernel;

/// <summary>Cuts typed values off the front of one request's body. False means the request is too short.</summary>
internal ref struct RequestReader(ReadOnlyMemory<byte> body)
{
    private ReadOnlyMemory<byte> _rest = body;

    /// <summary>What is not cut yet.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _rest;

    public bool TryRead<T>(out T value)
        where T : unmanaged
    {
        if (!MemoryMarshal.TryRead(_rest.Span, out value))
            return false;
        _rest = _rest[Unsafe.SizeOf<T>()..];
        return true;
    }

    /// <summary>Cuts a name and the NUL that ends it. An empty name is no name: false.</summary>
    public bool TryReadName(out Name name)
    {
        int length = _rest.Span.IndexOf((byte)0);
        name = length > 0 ? new Name(_rest[..length]) : default;
        if (length <= 0)
            return false;
        _rest = _rest[(length + 1)..];
        return true;
    }

    /// <summary>Cuts exactly <paramref name="count"/> bytes.</summary>
    public bool TryReadBytes(uint count, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (count > (uint)_rest.Length)
            return false;
        (bytes, _rest) = (_rest[..(int)count], _rest[(int)count..]);
        return true;
    }
}
