using System.Buffers.Binary;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>What the index has of one block. It proves itself: a flipped bit never claims a page.</summary>
/// <param name="Map">pages whose bytes are on the disk</param>
/// <param name="Bytes">allocated</param>
/// <param name="Checksums">CRC-32C of each page of the map, in order; empty where the volume keeps none</param>
/// <param name="InRun">it lies in the run of that generation</param>
internal sealed record BlockRow(ContentKey Content, long Block, ulong Generation, ulong Map, long Bytes, byte[] Checksums, bool InRun)
{
    public uint Proof
    {
        get
        {
            uint sum = Crc32C.Append(Crc32C.Append(Crc32C.Empty, Content.Node.Value), Content.Version);
            sum = Crc32C.Append(Crc32C.Append(Crc32C.Append(sum, (ulong)Block), Generation), Map);
            sum = Crc32C.Append(Crc32C.Append(sum, (ulong)Bytes), Checksums);
            return InRun ? Crc32C.Append(sum, 1) : sum; // rows of the time before runs prove themselves as they did
        }
    }

    /// <summary>Spreads the packed checksums over their pages' places.</summary>
    public void Unpack(Span<uint> sums)
    {
        int packed = 0;
        for (int page = 0; page < Geometry.PagesPerBlock; page++)
        {
            if ((Map >> page & 1) != 0)
                sums[page] = BinaryPrimitives.ReadUInt32LittleEndian(Checksums.AsSpan(4 * packed++));
        }
    }

    public static byte[] Pack(ulong map, ReadOnlySpan<uint> sums)
    {
        var bytes = new byte[4 * System.Numerics.BitOperations.PopCount(map)];
        int packed = 0;
        for (int page = 0; page < Geometry.PagesPerBlock; page++)
        {
            if ((map >> page & 1) != 0)
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * packed++), sums[page]);
        }
        return bytes;
    }
}
