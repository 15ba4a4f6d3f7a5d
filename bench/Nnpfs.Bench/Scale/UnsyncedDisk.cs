using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Bench.Scale;

/// <summary>A disk that syncs nothing: a cache that is being made up need not survive a power cut.</summary>
internal sealed class UnsyncedDisk(IBlockDisk disk) : IBlockDisk
{
    public SafeFd Directory => disk.Directory;

    public Result<SafeFd> Create(BlockName name) => disk.Create(name);

    public Result<SafeFd> Open(BlockName name, OpenModes mode) => disk.Open(name, mode);

    public Errno Write(BlockName name, SafeFd file, ReadOnlySpan<byte> bytes, long offset) => disk.Write(name, file, bytes, offset);

    public Errno Sync(IReadOnlyList<(BlockName Name, SafeFd File)> files) => 0;

    public Errno Remove(BlockName name) => disk.Remove(name);

    public void Dispose() => disk.Dispose();
}
