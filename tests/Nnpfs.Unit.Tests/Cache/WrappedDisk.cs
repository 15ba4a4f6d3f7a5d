using Nnpfs.Daemon.Cache;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Unit.Tests.Cache;

/// <summary>A disk around the real one: full when the test says so.</summary>
internal class WrappedDisk(IBlockDisk inner) : IBlockDisk
{
    /// <summary>Bytes that writes may still take.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>What the next syncs answer.</summary>
    public Errno SyncAnswer { get; set; }

    public SafeFd Directory => inner.Directory;

    public virtual Result<SafeFd> Create(BlockName name) => Room <= 0 ? Errno.ENOSPC : inner.Create(name);

    public Result<SafeFd> Open(BlockName name, OpenModes mode) => inner.Open(name, mode);

    public virtual Errno Write(BlockName name, SafeFd file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (Room < bytes.Length)
            return Errno.ENOSPC;
        Room -= Room == long.MaxValue ? 0 : bytes.Length;
        return inner.Write(name, file, bytes, offset);
    }

    public virtual Errno Sync(IReadOnlyList<(BlockName Name, SafeFd File)> files) => SyncAnswer == 0 ? inner.Sync(files) : SyncAnswer;

    public virtual Errno Remove(BlockName name) => inner.Remove(name);

    public void Dispose() => inner.Dispose();
}
