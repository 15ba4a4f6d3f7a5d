using Nnpfs.Posix;

namespace Nnpfs.Driver.Data;

/// <summary>A file of the cache that the kernel reads by itself for one version, from the first open to the last release.</summary>
/// <remarks>The descriptor carries a mark (<see cref="Disk.TryUse"/>), by which arlad sees that the file is in use: reclaim passes it over.</remarks>
internal sealed class Backing(int id, SafeFd file, long size)
{
    /// <summary>The kernel's name for it.</summary>
    public int Id => id;

    /// <summary>Bytes.</summary>
    public long Size => size;

    /// <summary>Open files that have it; guarded by the gate of its node.</summary>
    public int Opens { get; set; }

    /// <summary>No open file has it any more.</summary>
    public void End(IBackingDevice device)
    {
        _ = device.CloseBacking(id); // ENODEV: the mount is gone, and the id with it
        file.Dispose();
    }
}
