using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>Opens block files beneath the volume's directory, and keeps a bounded number of them open.</summary>
/// <remarks>Who is to go is chosen as by a clock: the hand passes over those that were used since it last came by.</remarks>
internal sealed class BlockFiles(int capacity) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BlockSource?[] _open = new BlockSource?[Math.Max(capacity, 1)]; // guarded by _gate
    private int _hand;                                                            // guarded by _gate
    private volatile SafeFd? _directory;

    /// <summary>Files that may be lent besides, each held open: the process has room for as many as for block files.</summary>
    public int MostLent => capacity / 2;

    /// <summary>Programs that may be connected besides.</summary>
    public int MostBoosters => Math.Min(capacity / 4, 512);

    /// <summary>Where block files are; null: they come by descriptor, one by one. A new one after each connection.</summary>
    public SafeFd? Directory
    {
        get => _directory;
        set => Interlocked.Exchange(ref _directory, value)?.Dispose();
    }

    /// <summary>The block's file, open; the caller releases it.</summary>
    /// <param name="errno">EBADF: its descriptor must be asked for, and given to <see cref="Attach"/>; EAGAIN, EMFILE, ENFILE</param>
    /// <returns>null with an errno</returns>
    public BlockFile? Borrow(BlockSource source, out Errno errno)
    {
        errno = 0;
        if (source.TryBorrow() is { } there)
            return there;
        Result<SafeFd> opened = source.IsByDescriptor ? Errno.EBADF : Open(source.Name);
        if (opened.IsOk)
            return Attach(source, opened.Value);
        errno = opened.Errno;
        if (errno is Errno.EAGAIN or Errno.EMFILE or Errno.ENFILE)
            return null;
        // Whatever is wrong with the name (reclaimed, in memory only, another user's, a symlink), arlad knows better.
        source.Doubt();
        errno = Errno.EBADF;
        return null;
    }

    /// <summary>Opens a file for the caller alone.</summary>
    /// <returns>EBADF: blocks come by descriptor</returns>
    public Result<SafeFd> OpenNew(BlockName name) => Open(name);

    /// <summary>Keeps a descriptor as the block's file.</summary>
    /// <returns>the block's file, which may be another that came first; the caller releases it</returns>
    public BlockFile Attach(BlockSource source, SafeFd fd)
    {
        var file = new BlockFile(fd);
        file.TryAcquire(); // for the caller
        if (!source.TryAttach(file))
        {
            file.Release(); // nobody keeps it: it closes with the caller's use
            return file;
        }
        Remember(source);
        return file;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (BlockSource? source in _open)
                source?.Detach();
            Array.Clear(_open);
        }
        Directory = null;
    }

    private Result<SafeFd> Open(BlockName name)
    {
        if (_directory is not { } directory)
            return Errno.EBADF;
        Span<byte> path = stackalloc byte[BlockName.MaxLength];
        int length = name.Format(path);
        for (int attempt = 0; ; attempt++)
        {
            Result<SafeFd> opened = OpenBeneath(directory, path[..length]);
            if (opened.Errno is not (Errno.EMFILE or Errno.ENFILE) || attempt > 0)
                return opened;
            Shrink(); // others of the process need descriptors too: let go of half of ours
        }
    }

    private static Result<SafeFd> OpenBeneath(SafeFd directory, ReadOnlySpan<byte> path)
    {
        try
        {
            return Files.OpenBeneath(directory, path, OpenModes.ReadOnly | OpenModes.NonBlock); // a pipe in its place must not hold us
        }
        catch (ObjectDisposedException)
        {
            return Errno.EAGAIN; // a new connection has just replaced it
        }
    }

    private void Remember(BlockSource source)
    {
        lock (_gate)
        {
            for (int passed = 0; passed <= 2 * _open.Length; passed++)
            {
                _hand = (_hand + 1) % _open.Length;
                if (_open[_hand] is { } other && other != source && other.TakeUsed())
                    continue;
                if (_open[_hand] != source)
                    _open[_hand]?.Detach();
                _open[_hand] = source;
                return;
            }
            _open[_hand]?.Detach();
            _open[_hand] = source;
        }
    }

    private void Shrink()
    {
        lock (_gate)
        {
            for (int i = 0; i < _open.Length; i += 2)
            {
                _open[i]?.Detach();
                _open[i] = null;
            }
        }
    }
}
