namespace Nnpfs.Posix;

/// <summary>64-bit words in memory that this process writes, and that others who are handed the descriptor can only read.</summary>
/// <remarks>A file without a name, sealed: nobody can make it shorter or longer, nor write to it but through the one mapping that is here.
/// SOURCE: memfd_create(2), fcntl(2) F_ADD_SEALS.</remarks>
public sealed unsafe class SharedWords : IDisposable
{
    private const uint CloseOnExec = 1, AllowSealing = 2;
    private const int AddSeals = 1033, NoMoreSeals = 1, NoShrink = 2, NoGrow = 4, NoFutureWrite = 16; // F_SEAL_FUTURE_WRITE: Linux 5.1
    private const int ReadWrite = 3, Shared = 1;

    private readonly int _count;
    private ulong* _words;

    private SharedWords(SafeFd descriptor, ulong* words, int count)
    {
        (Descriptor, _count) = (descriptor, count);
        _words = words;
    }

    /// <summary>Open for reading alone.</summary>
    public SafeFd Descriptor { get; }

    /// <param name="label">for people who look into /proc</param>
    /// <param name="count">words, all zero at first; at least 1</param>
    /// <returns>of memfd_create(2), mmap(2), fcntl(2)</returns>
    public static Result<SharedWords> Create(string label, int count)
    {
        int made = Libc.memfd_create(label, CloseOnExec | AllowSealing);
        if (made < 0)
            return Files.LastErrno();
        using var file = new SafeFd(made);
        nuint size = (nuint)count * sizeof(ulong);
        Errno errno = Files.SetLength(file, (long)size);
        if (errno != 0)
            return errno;
        // SAFETY: a new mapping of a file that is as long, which nobody else can cut.
        void* words = Libc.mmap(null, size, ReadWrite, Shared, file.Number, 0);
        if (words == (void*)-1)
            return Files.LastErrno();
        errno = Libc.fcntl(file, AddSeals, NoMoreSeals | NoShrink | NoGrow | NoFutureWrite) == 0 ? 0 : Files.LastErrno();
        if (errno == 0 && Files.Reopen(file, OpenModes.ReadOnly).TryGet(out SafeFd? descriptor, out errno))
            return new SharedWords(descriptor, (ulong*)words, count);
        _ = Libc.munmap(words, size);
        return errno;
    }

    /// <summary>Not after, nor during, <see cref="Dispose"/>: the caller's lock sees to that.</summary>
    public void Write(int index, ulong word)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)_count);
        ObjectDisposedException.ThrowIf(_words is null, this);
        // SAFETY: within the mapping, which is there.
        Volatile.Write(ref _words[index], word);
    }

    public void Dispose()
    {
        // SAFETY: the mapping of the constructor, whole, once.
        if (_words is not null)
            _ = Libc.munmap(_words, (nuint)_count * sizeof(ulong));
        _words = null;
        Descriptor.Dispose();
    }
}
