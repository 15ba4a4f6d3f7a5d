using Nnpfs.Posix;

namespace Nnpfs.Fuse.Kernel;

/// <summary>The rule that both xattr requests are answered by.</summary>
/// <remarks>SOURCE: getxattr(2): a buffer of zero asks for the size; one that is too small is ERANGE.</remarks>
internal static class XattrAnswer
{
    public const int SizeOnly = 8; // bytes of room that a size needs

    /// <param name="value">the whole value or list</param>
    /// <param name="size">of the application's buffer, as the request has it</param>
    /// <param name="room">at least <see cref="SizeOnly"/> bytes, and <paramref name="size"/> of them</param>
    public static Result<Bytes> Of(ReadOnlySpan<byte> value, int size, Span<byte> room)
    {
        if (size == 0)
            return new Bytes(StructWriter.Write(room, new XattrSize { Size = (uint)value.Length }));
        if (value.Length > size || !value.TryCopyTo(room))
            return Errno.ERANGE;
        return new Bytes(value.Length);
    }
}
