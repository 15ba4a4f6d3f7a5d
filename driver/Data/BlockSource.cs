using Nnpfs.Proto;

namespace Nnpfs.Driver.Data;

/// <summary>A file of the cache by its name, and open once it was used: of one block, or the run with many.</summary>
internal sealed class BlockSource(BlockName name)
{
    private volatile BlockFile? _file;        // atomic
    private volatile bool _used;              // since the clock's hand last passed
    private volatile bool _dropped;
    private volatile bool _byDescriptor;

    public BlockName Name => name;

    /// <summary>Blocks lie at their offset in the content; otherwise it begins with the one block.</summary>
    public bool IsRun => name.Block == BlockName.Run;

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

    /// <summary>Borrows the open file; the caller releases it.</summary>
    public BlockFile? TryBorrow()
    {
        if (_file is not { } file || !file.TryAcquire())
            return null;
        if (!_used)
            _used = true;
        return file;
    }

    /// <summary>Takes over the maker's use of a file, unless there is one already or this was dropped.</summary>
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
