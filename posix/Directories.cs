using System.Buffers.Binary;

namespace Nnpfs.Posix;

/// <summary>Facts, names and targets of what a directory holds, by descriptor; names are bytes.</summary>
/// <remarks>SOURCE: openat2(2), statx(2), getdents64(2), readlink(2).</remarks>
public static unsafe class Directories
{
    private const int EmptyPath = 0x1000, NoFollow = 0x100, NoAutomount = 0x800, SyncAsStat = 0;
    private const uint BasicFacts = 0x7FF;
    private const int DirentHeader = 19; // d_ino 8, d_off 8, d_reclen 2, d_type 1; the name follows, NUL-terminated
    private const int MaxTarget = 4096;

    /// <summary>Facts of what a descriptor is open on, of a symlink itself too when it was opened as a path.</summary>
    public static Result<FileFacts> FactsOf(SafeFd file) => FactsOf(file, default);

    /// <summary>Facts of an entry; a symlink is not followed. With an empty name: of the directory itself.</summary>
    /// <returns>ENOENT, ENOTDIR, EACCES, ENAMETOOLONG</returns>
    public static Result<FileFacts> FactsOf(SafeFd directory, ReadOnlySpan<byte> name)
    {
        Libc.Statx facts;
        Span<byte> terminated = stackalloc byte[Files.MaxPath];
        if (!Files.Terminate(name, terminated))
            return Errno.ENAMETOOLONG;
        int failed;
        // SAFETY: the name is NUL-terminated on our stack, the struct has the kernel's size.
        fixed (byte* path = terminated)
            failed = Libc.statx(directory, path, EmptyPath | NoFollow | NoAutomount | SyncAsStat, BasicFacts, &facts);
        return failed == 0 ? Of(facts) : Files.LastErrno();
    }

    /// <summary>Calls <paramref name="found"/> for every entry but "." and "..", from where the descriptor stands to the end.</summary>
    /// <param name="directory">open for reading; its position moves, so it has one reader at a time</param>
    /// <param name="found">name and d_type (0 where the filesystem does not tell); the name is valid during the call</param>
    /// <returns>zero, ENOTDIR, EIO ...</returns>
    public static Errno List(SafeFd directory, DirectoryEntryFound found)
    {
        byte[] buffer = new byte[64 * 1024];
        while (true)
        {
            nint count;
            // SAFETY: the kernel writes at most the length passed, which is the array's.
            fixed (byte* start = buffer)
                count = Libc.getdents64(directory, start, (nuint)buffer.Length);
            if (count == 0)
                return 0;
            if (count < 0)
                return Files.LastErrno();
            if (!Cut(buffer.AsSpan(0, (int)count), found))
                return Errno.EIO;
        }
    }

    /// <summary>Where a symlink points; with an empty name: the one that the descriptor is open on, as a path.</summary>
    /// <returns>bytes, not resolved; EINVAL for what is no symlink</returns>
    public static Result<byte[]> ReadLink(SafeFd directory, ReadOnlySpan<byte> name)
    {
        Span<byte> terminated = stackalloc byte[Files.MaxPath];
        if (!Files.Terminate(name, terminated))
            return Errno.ENAMETOOLONG;
        Span<byte> target = stackalloc byte[MaxTarget];
        nint count;
        // SAFETY: the name is NUL-terminated; the kernel writes at most the length passed.
        fixed (byte* path = terminated, start = target)
            count = Libc.readlinkat(directory, path, start, (nuint)target.Length);
        return count < 0 ? Files.LastErrno() : target[..(int)count].ToArray();
    }

    private static bool Cut(ReadOnlySpan<byte> entries, DirectoryEntryFound found)
    {
        while (entries.Length >= DirentHeader)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(entries[16..]);
            if (length <= DirentHeader || length > entries.Length)
                return false;
            ReadOnlySpan<byte> name = entries[DirentHeader..length];
            int end = name.IndexOf((byte)0);
            name = end < 0 ? name : name[..end];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                found(name, entries[18]);
            entries = entries[length..];
        }
        return entries.IsEmpty;
    }

    private static FileFacts Of(in Libc.Statx facts) => new()
    {
        Mode = facts.Mode,
        Links = facts.Links,
        Uid = facts.Uid,
        Gid = facts.Gid,
        Size = (long)facts.Size,
        Inode = facts.Inode,
        Filesystem = ((ulong)facts.OnMajor << 32) | facts.OnMinor,
        MtimeNs = Nanoseconds(facts.Modified),
        CtimeNs = Nanoseconds(facts.Changed),
        Device = (facts.DeviceMinor & 0xFF) | (facts.DeviceMajor << 8) | ((facts.DeviceMinor & ~0xFFu) << 12),
    };

    private static long Nanoseconds(in Libc.StatxTime time) => unchecked((time.Seconds * 1_000_000_000) + time.Nanoseconds);
}

/// <param name="name">bytes of the entry's name, valid during the call</param>
/// <param name="type">d_type of getdents64(2); 0 = unknown</param>
public delegate void DirectoryEntryFound(ReadOnlySpan<byte> name, byte type);
