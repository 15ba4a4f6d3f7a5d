namespace Nnpfs.Proto;

/// <summary>What may be the name of an entry.</summary>
public static class NodeName
{
    /// <summary>Bytes.</summary>
    public const int MaxLength = 255;

    /// <returns>false: empty, too long, ".", "..", or with a "/" or a NUL</returns>
    public static bool IsValid(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= MaxLength
        && !name.ContainsAny((byte)'/', (byte)0)
        && !name.SequenceEqual("."u8)
        && !name.SequenceEqual(".."u8);
}
