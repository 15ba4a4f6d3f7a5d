using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>Block files of one volume by name. A seam: tests put one here that records the order, or that is full.</summary>
internal interface IBlockDisk : IDisposable
{
    /// <summary>The directory that drivers are handed.</summary>
    SafeFd Directory { get; }

    /// <summary>Makes a block file that was not there, open for reading and writing.</summary>
    /// <returns>ENOSPC, EDQUOT, EEXIST, EIO</returns>
    Result<SafeFd> Create(BlockName name);

    /// <returns>ENOENT ...</returns>
    Result<SafeFd> Open(BlockName name, OpenModes mode);

    Errno Write(BlockName name, SafeFd file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>When this returns zero, the bytes and the names of these files survive a power cut.</summary>
    Errno Sync(IReadOnlyList<(BlockName Name, SafeFd File)> files);

    /// <summary>The name is gone when this returns, whether it was there or not.</summary>
    Errno Remove(BlockName name);
}
