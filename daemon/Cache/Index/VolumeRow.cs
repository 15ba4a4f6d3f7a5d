using System.Text;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>A volume that the index knows, configured now or not.</summary>
internal sealed record VolumeRow(long Id, string Name, int BlockSize, NodeId Root)
{
    /// <summary>Kept in the row: a flipped bit must not make another directory the root.</summary>
    public static uint Proof(string name, int blockSize, NodeId root) =>
        Crc32C.Append(Crc32C.Append(Crc32C.Of(Encoding.UTF8.GetBytes(name)), (ulong)blockSize), root.Value);
}
