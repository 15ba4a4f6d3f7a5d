using System.Buffers;

namespace Nnpfs.Posix;

/// <summary>Memory of our own beside the collected heap: at a fixed place, and real only from the first write to each page on.</summary>
/// <remarks>Whoever holds a slice of it must be done before it is disposed of.</remarks>
public sealed unsafe class NativePages : MemoryManager<byte>
{
    public const int PageSize = 4096;

    private const int ReadWrite = 3, PrivateAnonymousNoReserve = 0x4022, DontNeed = 4, NoHugePage = 15;

    private readonly int _length;
    private byte* _start;

    private NativePages(byte* start, int length)
    {
        _start = start;
        _length = length;
    }

    internal byte* Start => _start;

    /// <param name="length">bytes, a multiple of the page's size</param>
    public static Result<NativePages> Map(int length)
    {
        // SAFETY: a new private mapping, which nobody else knows of.
        void* start = Libc.mmap(null, (nuint)length, ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if (start == (void*)-1)
            return Files.LastErrno();
        _ = Libc.madvise(start, (nuint)length, NoHugePage); // a touch of one page is to cost one page; a kernel without them need not know
        return new NativePages((byte*)start, length);
    }

    public override Span<byte> GetSpan() => new(_start, _start is null ? 0 : _length);

    /// <summary>Gives whole pages back: they are zeros until they are written to again.</summary>
    /// <param name="offset">of the first byte given back, a multiple of the page's size</param>
    /// <param name="length">bytes, a multiple of the page's size</param>
    public void Trim(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + length, _length);
        // SAFETY: the range lies within the mapping; its content is given up by the caller.
        _ = Libc.madvise(_start + offset, (nuint)length, DontNeed);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        // SAFETY: the mapping of the constructor, whole, once.
        if (_start is not null)
            _ = Libc.munmap(_start, (nuint)_length);
        _start = null;
    }
}
