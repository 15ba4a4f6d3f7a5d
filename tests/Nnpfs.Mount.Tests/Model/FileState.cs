using System.Buffers.Binary;

namespace Nnpfs.Mount.Tests.Model;

/// <summary>One state of one file: its bytes follow from (seed, size), so that any range can be compared without keeping it.</summary>
/// <param name="Seed">no two states of a run share it: the bytes tell which state they are of</param>
/// <param name="Size">bytes</param>
internal sealed record FileState(ulong Seed, int Size)
{
    /// <summary>The bytes of [offset, offset + length), cut at the end of the file.</summary>
    public byte[] Bytes(long offset, int length)
    {
        byte[] bytes = new byte[Math.Clamp(Size - offset, 0, length)];
        Span<byte> word = stackalloc byte[8];
        for (int i = 0; i < bytes.Length;)
        {
            long at = offset + i;
            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix((ulong)(at / 8)));
            int skip = (int)(at % 8), count = Math.Min(8 - skip, bytes.Length - i);
            word.Slice(skip, count).CopyTo(bytes.AsSpan(i));
            i += count;
        }
        return bytes;
    }

    private ulong Mix(ulong index)
    {
        ulong x = (Seed * 0x9E3779B97F4A7C15) + (index * 0xD6E8FEB86659FD93);
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
