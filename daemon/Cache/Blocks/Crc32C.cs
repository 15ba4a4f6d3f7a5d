using System.Buffers.Binary;
using System.Numerics;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>CRC-32C (Castagnoli), eight bytes at a time, in pieces: <c>Append(Append(Empty, a), b)</c> is the sum of a and b joined.</summary>
/// <remarks>SOURCE: RFC 3720, appendix B.4, has the test vectors.</remarks>
internal static class Crc32C
{
    public const uint Empty = 0;

    public static uint Of(ReadOnlySpan<byte> bytes) => Append(Empty, bytes);

    public static uint Append(uint sum, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~sum;
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte rest in bytes)
            crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }

    public static uint Append(uint sum, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Append(sum, bytes);
    }
}
