namespace Nnpfs.Posix;

/// <summary>What the kernel knows of one file, asked by descriptor.</summary>
/// <remarks>SOURCE: statx(2). Times are nanoseconds since the epoch.</remarks>
public readonly record struct FileFacts
{
    /// <summary>st_mode: the type and the permissions.</summary>
    public uint Mode { get; init; }

    public uint Links { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public long Size { get; init; }

    public ulong Inode { get; init; }

    /// <summary>Of the filesystem that holds the file: inode numbers are unique within it.</summary>
    public ulong Filesystem { get; init; }

    public long MtimeNs { get; init; }

    public long CtimeNs { get; init; }

    /// <summary>st_rdev as stat(2) encodes it, 0 for all but devices.</summary>
    public uint Device { get; init; }
}
