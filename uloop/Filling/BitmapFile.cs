using System.Buffers.Binary;
using Nnpfs.Posix;

namespace Nnpfs.Uloop.Filling;

/// <summary>The bitmap on the disk: bit i of the file is page i, lowest bit of the first byte first; behind the bits, whose they are.</summary>
/// <remarks>The bits take whole words of 64. Then 32 bytes: a mark, the id of the cache, the number of pages.</remarks>
internal sealed class BitmapFile : IDisposable
{
    private const int TrailerSize = 32, IdSize = 16;
    private const int ChunkWords = 512; // 4 KiB: what is written at once
    private static ReadOnlySpan<byte> Mark => "uloopbm1"u8;

    private readonly SafeFd _file;
    private readonly PageBits _bits;
    private readonly int[] _dirty; // atomic, by chunk: bits were set that are not on the disk

    private BitmapFile(SafeFd file, PageBits bits)
    {
        (_file, _bits) = (file, bits);
        _dirty = new int[(bits.Groups + ChunkWords - 1) / ChunkWords];
    }

    /// <summary>Makes an empty one.</summary>
    /// <param name="file">taken over; what it held is lost</param>
    /// <param name="bits">none of them set</param>
    /// <param name="id">of the cache, 16 bytes</param>
    public static Result<BitmapFile> Create(SafeFd file, PageBits bits, ReadOnlySpan<byte> id)
    {
        Errno errno = Files.SetLength(file, 0);
        if (errno == 0)
            errno = Files.WriteAt(file, TrailerOf(id, bits.Pages), bits.Groups * 8);
        if (errno == 0)
            errno = Files.Sync(file);
        return errno == 0 ? new BitmapFile(file, bits) : errno;
    }

    /// <summary>Reads one, and sets what it says.</summary>
    /// <param name="file">taken over</param>
    /// <param name="bits">none of them set yet</param>
    /// <param name="id">that it must have</param>
    /// <param name="problem">null; else what is wrong with it</param>
    public static BitmapFile? Load(SafeFd file, PageBits bits, ReadOnlySpan<byte> id, out string? problem)
    {
        problem = Read(file, bits, id);
        return problem is null ? new BitmapFile(file, bits) : null;
    }

    /// <summary>Nobody's, or of nothing: it may be made anew.</summary>
    public static bool IsEmpty(SafeFd file)
    {
        if (!Disk.Extent(file).TryGet(out FileExtent extent, out _) || extent.Length == 0)
            return true;
        Span<byte> trailer = stackalloc byte[TrailerSize];
        return IsOne(file, extent.Length, trailer) && IsClear(file, extent.Length - TrailerSize);
    }

    /// <summary>Has our mark, whatever cache it belongs to.</summary>
    public static bool IsOne(SafeFd file) =>
        Disk.Extent(file).TryGet(out FileExtent extent, out _) && IsOne(file, extent.Length, stackalloc byte[TrailerSize]);

    /// <summary>Bits of these pages were set, and their bytes are written.</summary>
    public void Touch(long page) => Volatile.Write(ref _dirty[page / 64 / ChunkWords], 1);

    /// <summary>Has every bit on the disk that was set before the call, and before it the bytes that it stands for.</summary>
    /// <param name="cache">where the bytes are</param>
    /// <returns>zero; ENOSPC, EIO: some bits are not there, and will be tried again</returns>
    public Errno Commit(SafeFd cache)
    {
        var chunks = new List<(int Chunk, byte[] Bytes)>();
        for (int chunk = 0; chunk < _dirty.Length; chunk++)
        {
            if (Interlocked.Exchange(ref _dirty[chunk], 0) != 0)
                chunks.Add((chunk, Copy(chunk)));
        }
        if (chunks.Count == 0)
            return 0;
        // INVARIANT: what was copied above was written before; so it is on the disk before its bits are.
        Errno errno = Files.SyncData(cache);
        foreach ((int chunk, byte[] bytes) in chunks)
            errno = errno != 0 ? errno : Files.WriteAt(_file, bytes, (long)chunk * ChunkWords * 8);
        errno = errno != 0 ? errno : Files.SyncData(_file);
        if (errno != 0)
            chunks.ForEach(each => Volatile.Write(ref _dirty[each.Chunk], 1));
        return errno;
    }

    public void Dispose() => _file.Dispose();

    private byte[] Copy(int chunk)
    {
        long first = (long)chunk * ChunkWords;
        int count = (int)Math.Min(ChunkWords, _bits.Groups - first);
        byte[] bytes = new byte[count * 8];
        for (int i = 0; i < count; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), _bits.Word(first + i));
        return bytes;
    }

    private static string? Read(SafeFd file, PageBits bits, ReadOnlySpan<byte> id)
    {
        if (!Disk.Extent(file).TryGet(out FileExtent extent, out Errno errno))
            return $"cannot be read: {errno}";
        Span<byte> trailer = stackalloc byte[TrailerSize];
        long expected = (bits.Groups * 8) + TrailerSize;
        if (extent.Length != expected || !IsOne(file, extent.Length, trailer))
            return $"is truncated, or no bitmap of uloop: {expected} bytes are expected, it has {extent.Length}";
        if (!trailer.SequenceEqual(TrailerOf(id, bits.Pages)))
            return "belongs to another cache";
        byte[] bytes = new byte[ChunkWords * 8];
        for (long group = 0; group < bits.Groups;)
        {
            int words = (int)Math.Min(ChunkWords, bits.Groups - group);
            if (!Files.ReadAt(file, bytes.AsSpan(0, words * 8), group * 8).TryGet(out int count, out errno) || count < words * 8)
                return $"cannot be read: {errno}";
            for (int i = 0; i < words; i++, group++)
            {
                ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * 8));
                if ((word & ~bits.AllOf(group)) != 0)
                    return "is damaged: it has bits behind the last page";
                bits.Set(group, word);
            }
        }
        return null;
    }

    private static bool IsOne(SafeFd file, long length, Span<byte> trailer) =>
        length > TrailerSize && Files.ReadAt(file, trailer, length - TrailerSize) is { IsOk: true, Value: TrailerSize } && trailer.StartsWith(Mark);

    private static bool IsClear(SafeFd file, long length)
    {
        byte[] bytes = new byte[ChunkWords * 8];
        for (long at = 0; at < length; at += bytes.Length)
        {
            int wanted = (int)Math.Min(bytes.Length, length - at);
            if (Files.ReadAt(file, bytes.AsSpan(0, wanted), at) is not { IsOk: true } || bytes.AsSpan(0, wanted).ContainsAnyExcept((byte)0))
                return false;
        }
        return true;
    }

    private static byte[] TrailerOf(ReadOnlySpan<byte> id, long pages)
    {
        byte[] trailer = new byte[TrailerSize];
        Mark.CopyTo(trailer);
        id[..IdSize].CopyTo(trailer.AsSpan(Mark.Length));
        BinaryPrimitives.WriteInt64LittleEndian(trailer.AsSpan(Mark.Length + IdSize), pages);
        return trailer;
    }
}
