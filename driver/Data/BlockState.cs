namespace Nnpfs.Driver.Data;

/// <summary>What is known of one block in one generation: its map, and its file once it was opened.</summary>
/// <remarks>INVARIANT: map and file are of the same generation. It is never changed into another one's, only replaced.</remarks>
internal sealed class BlockState(ulong generation, ulong map)
{
    private ulong _map = map;                 // atomic: bits are only added
    private volatile BlockFile? _file;        // atomic
    private volatile bool _used;              // since the clock's hand last passed
    private volatile bool _dropped;
    private volatile bool _byDescriptor;

    public ulong Generation => generation;

    public ulong Map => Volatile.Read(ref _map);

    /// <summary>For the table of open files: whether it was used since that last asked.</summary>
    public bool TakeUsed()
    {
        bool used = _used;
        _used = false;
        return used;
    }

    /// <summary>Its name led to no file that could be read: arlad has it elsewhere, or does not know yet that it is gone. It is asked.</summary>
    public bool IsByDescriptor => _byDescriptor;

    /// <summary>From here on its descriptor is asked for.</summary>
    public void Doubt()
    {
        _byDescriptor = true;
        Detach();
    }

    public void Add(ulong bits) => Interlocked.Or(ref _map, bits);

    /// <summary>Borrows the open file; the caller releases it.</summary>
    public BlockFile? TryBorrow()
    {
        if (_file is not { } file || !file.TryAcquire())
            return null;
        if (!_used)
            _used = true;
        return file;
    }

    /// <summary>Takes over the maker's use of a file, unless there is one already or this block was dropped.</summary>
    public bool TryAttach(BlockFile file)
    {
        if (_dropped || Interlocked.CompareExchange(ref _file, file, null) is not null)
            return false;
        if (_dropped)
            Detach();
        return true;
    }

    /// <summary>Closes the file as soon as its readers are done; it can be opened again.</summary>
    public void Detach() => Interlocked.Exchange(ref _file, null)?.Release();

    /// <summary>As <see cref="Detach"/>, for good.</summary>
    public void Drop()
    {
        _dropped = true;
        Detach();
    }
}
