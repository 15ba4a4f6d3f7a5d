using System.Numerics;

namespace Nnpfs.Proto;

/// <summary>How a volume's files are cut: blocks of a power-of-two size, each of 64 pages.</summary>
/// <remarks>Both sides compute with this type alone, so that no offset is ever cut in two ways.</remarks>
public readonly record struct Geometry
{
    public const int PagesPerBlock = 64;
    public const int MinBlockSize = 256 * 1024; // a page is never smaller than the kernel's 4 KiB
    public const int MaxBlockSize = 64 * 1024 * 1024;
    public const int DefaultBlockSize = 4 * 1024 * 1024;

    /// <param name="blockSize">bytes, a power of two from <see cref="MinBlockSize"/> to <see cref="MaxBlockSize"/></param>
    public Geometry(int blockSize)
    {
        if (!IsValid(blockSize))
            throw new ArgumentOutOfRangeException(nameof(blockSize), blockSize, "not a power of two from 256 KiB to 64 MiB");
        BlockSize = blockSize;
    }

    public int BlockSize { get; }

    public int PageSize => BlockSize / PagesPerBlock;

    public static bool IsValid(long blockSize) =>
        blockSize is >= MinBlockSize and <= MaxBlockSize && BitOperations.IsPow2(blockSize);

    public long BlockOf(long offset) => offset / BlockSize;

    /// <summary>The page's number within the whole content.</summary>
    public long PageOf(long offset) => offset / PageSize;

    public long BlocksIn(long size) => (size + BlockSize - 1) / BlockSize;

    public long PagesIn(long size) => (size + PageSize - 1) / PageSize;

    /// <summary>The bits of the pages of <paramref name="block"/> that the byte range [offset, offset + length) touches.</summary>
    public ulong MaskOf(long block, long offset, long length)
    {
        long start = Math.Max(offset - (block * BlockSize), 0);
        long end = Math.Min(offset + length - (block * BlockSize), BlockSize);
        if (start >= end)
            return 0;
        int first = (int)(start / PageSize), last = (int)((end - 1) / PageSize);
        return (ulong.MaxValue >> (PagesPerBlock - 1 - (last - first))) << first;
    }

    /// <summary>The bits that a block of content of <paramref name="size"/> bytes has when it is wholly filled.</summary>
    public ulong FullMap(long block, long size) => MaskOf(block, block * BlockSize, Math.Max(size - (block * BlockSize), 0));
}
