using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache.Blocks;

/// <summary>Block files beneath one directory. Fan directories are made when the first file needs them.</summary>
internal sealed class BlockDisk(SafeFd directory, uint fileMode, uint directoryMode) : IBlockDisk
{
    // Beyond this many files, one sync of the file system costs less than one for each file and its directories.
    private const int OneByOne = 32;
    private const int OuterLength = 2, InnerLength = 5;

    public SafeFd Directory { get; } = directory;

    public Result<SafeFd> Create(BlockName name)
    {
        Result<SafeFd> file = TryCreate(name);
        if (file.Errno != Errno.ENOENT)
            return file;
        Errno made = MakeFan(name);
        return made == 0 ? TryCreate(name) : made;
    }

    public Result<SafeFd> Open(BlockName name, OpenModes mode)
    {
        Span<byte> path = stackalloc byte[BlockName.MaxLength];
        return Files.OpenBeneath(Directory, path[..name.Format(path)], mode);
    }

    public Errno Write(BlockName name, SafeFd file, ReadOnlySpan<byte> bytes, long offset) => Files.WriteAt(file, bytes, offset);

    public Errno Sync(IReadOnlyList<(BlockName Name, SafeFd File)> files)
    {
        if (files.Count > OneByOne)
            return Disk.SyncFileSystem(Directory);
        foreach ((BlockName name, SafeFd file) in files)
        {
            Errno failed = Files.SyncData(file);
            if (failed == 0)
                failed = SyncFan(name);
            if (failed != 0)
                return failed;
        }
        return files.Count == 0 ? 0 : Files.Sync(Directory);
    }

    public Errno Remove(BlockName name)
    {
        Span<byte> path = stackalloc byte[BlockName.MaxLength];
        Errno failed = Files.Remove(Directory, path[..name.Format(path)]);
        return failed == Errno.ENOENT ? 0 : failed;
    }

    public void Dispose() => Directory.Dispose();

    private Result<SafeFd> TryCreate(BlockName name)
    {
        Span<byte> path = stackalloc byte[BlockName.MaxLength];
        Result<SafeFd> file = Files.OpenBeneath(
            Directory, path[..name.Format(path)], OpenModes.ReadWrite | OpenModes.Create | OpenModes.Exclusive, fileMode);
        if (file.IsOk)
            _ = Disk.SetMode(file.Value, fileMode); // the umask may have taken the group's right
        return file;
    }

    private Errno MakeFan(BlockName name)
    {
        Span<byte> path = stackalloc byte[BlockName.MaxLength];
        name.Format(path);
        Errno outer = MakeDirectory(path[..OuterLength]);
        return outer == 0 ? MakeDirectory(path[..InnerLength]) : outer;
    }

    private Errno MakeDirectory(ReadOnlySpan<byte> path)
    {
        Errno made = Files.MakeDirectory(Directory, path, directoryMode);
        if (made is not 0)
            return made == Errno.EEXIST ? 0 : made;
        if (!Files.OpenBeneath(Directory, path, OpenModes.ReadOnly).TryGet(out SafeFd? opened, out Errno failed))
            return failed;
        using (opened)
            return Disk.SetMode(opened, directoryMode);
    }

    private Errno SyncFan(BlockName name)
    {
        Span<byte> path = stackalloc byte[BlockName.MaxLength];
        name.Format(path);
        Errno inner = SyncDirectory(path[..InnerLength]);
        return inner == 0 ? SyncDirectory(path[..OuterLength]) : inner;
    }

    private Errno SyncDirectory(ReadOnlySpan<byte> path)
    {
        if (!Files.OpenBeneath(Directory, path, OpenModes.ReadOnly).TryGet(out SafeFd? opened, out Errno failed))
            return failed;
        using (opened)
            return Files.Sync(opened);
    }
}
