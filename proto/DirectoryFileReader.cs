using System.Numerics;
using Nnpfs.Posix;

namespace Nnpfs.Proto;

/// <summary>Finds names in a directory file and lists it, in a few small reads and without allocation. The file may be hostile.</summary>
/// <typeparam name="TSource">a struct or class over the file's bytes</typeparam>
public readonly struct DirectoryFileReader<TSource>
    where TSource : IRandomAccess
{
    private const int SlotsPerRead = 16;

    private readonly TSource _source;
    private readonly int _slots;
    private readonly long _entries;

    private DirectoryFileReader(TSource source, int count, int slots, long entries)
    {
        _source = source;
        Count = count;
        _slots = slots;
        _entries = entries;
    }

    /// <summary>Entries, as the header says.</summary>
    public int Count { get; }

    /// <summary>Reads and checks the header.</summary>
    /// <returns>EUCLEAN: not a directory file, or of another version of the format; or the source's errno</returns>
    public static Result<DirectoryFileReader<TSource>> Open(TSource source)
    {
        Span<byte> header = stackalloc byte[DirectoryFile.HeaderSize];
        Result<int> read = source.ReadAt(header, 0);
        if (!read.IsOk)
            return read.Errno;
        uint count = DirectoryFile.U32(header, DirectoryFile.CountAt), slots = DirectoryFile.U32(header, DirectoryFile.SlotsAt);
        ulong entries = DirectoryFile.U64(header, DirectoryFile.EntriesAt);
        bool sound = read.Value == header.Length
            && header.StartsWith(DirectoryFile.Magic)
            && BitOperations.IsPow2(slots)
            && slots <= 2u * BitOperations.RoundUpToPowerOf2((uint)DirectoryFileWriter.MaxEntries)
            && count < slots
            && entries == DirectoryFile.HeaderSize + ((ulong)slots * DirectoryFile.SlotSize)
            && DirectoryFile.U64(header, DirectoryFile.LengthAt) == (ulong)source.Length
            && entries <= (ulong)source.Length;
        return sound ? new DirectoryFileReader<TSource>(source, (int)count, (int)slots, (long)entries) : Errno.EUCLEAN;
    }

    /// <summary>Looks a name up.</summary>
    /// <param name="name">any bytes</param>
    /// <param name="buffer">what the entry is read into: at least <see cref="DirectoryFileReader.MaxEntry"/> bytes</param>
    /// <param name="entry">valid only with zero</param>
    /// <returns>zero; ENOENT: no such name; EUCLEAN: the file is damaged; or the source's errno</returns>
    public Errno Find(ReadOnlySpan<byte> name, Span<byte> buffer, out DirectoryEntryView entry)
    {
        entry = default;
        uint hash = DirectoryFile.Hash(name);
        int slot = (int)(hash & (uint)(_slots - 1));
        Span<byte> slots = stackalloc byte[SlotsPerRead * DirectoryFile.SlotSize];
        for (int seen = 0; seen < _slots;)
        {
            int some = Math.Min(SlotsPerRead, _slots - slot);
            Span<byte> window = slots[..(some * DirectoryFile.SlotSize)];
            Errno failed = ReadFully(window, DirectoryFile.HeaderSize + ((long)slot * DirectoryFile.SlotSize));
            if (failed != 0)
                return failed;
            for (int at = 0; at < window.Length; at += DirectoryFile.SlotSize)
            {
                uint unit = DirectoryFile.U32(window, at + 4);
                if (unit == 0)
                    return Errno.ENOENT;
                if (DirectoryFile.U32(window, at) != hash)
                    continue;
                Errno errno = ReadEntry((long)unit * DirectoryFile.Unit, buffer, out entry);
                if (errno != 0 || entry.Name.SequenceEqual(name))
                    return errno;
            }
            seen += some;
            slot = (slot + some) & (_slots - 1);
        }
        return Errno.ENOENT;
    }

    /// <summary>The entry at a cookie, and the cookie of the next.</summary>
    /// <param name="cookie">0 for the first entry; else what a call before gave: it means the same place for this version for ever</param>
    /// <param name="buffer">what the entry is read into: at least <see cref="DirectoryFileReader.MaxEntry"/> bytes</param>
    /// <param name="entry">valid only with zero</param>
    /// <param name="next">never 0 with zero returned; never less than 8, so that smaller ones are free for "." and ".."</param>
    /// <returns>zero; ENOENT: that was all; EUCLEAN: the file is damaged, or the cookie is none; or the source's errno</returns>
    public Errno Next(ulong cookie, Span<byte> buffer, out DirectoryEntryView entry, out ulong next)
    {
        entry = default;
        next = 0;
        ulong at = cookie == 0 ? (ulong)_entries : cookie * DirectoryFile.Unit;
        if (cookie > long.MaxValue / DirectoryFile.Unit)
            return Errno.EUCLEAN;
        if (at >= (ulong)_source.Length)
            return Errno.ENOENT;
        Errno errno = ReadEntry((long)at, buffer, out entry);
        if (errno == 0)
            next = (at + (ulong)entry.Length) / DirectoryFile.Unit;
        return errno;
    }

    private Errno ReadEntry(long at, Span<byte> buffer, out DirectoryEntryView entry)
    {
        entry = default;
        if (at < _entries || at > _source.Length - DirectoryFile.EntrySize)
            return Errno.EUCLEAN;
        // Most entries are small: one short read does, a long name or target takes a second.
        int some = (int)Math.Min(DirectoryFileReader.UsualEntry, Math.Min(_source.Length - at, buffer.Length));
        Errno failed = ReadFully(buffer[..some], at);
        if (failed != 0)
            return failed;
        int whole = DirectoryFile.EntrySize
            + DirectoryFile.U16(buffer, DirectoryFile.NameLengthAt) + DirectoryFile.U16(buffer, DirectoryFile.TargetLengthAt);
        if (whole > Math.Min(_source.Length - at, DirectoryFileReader.MaxEntry))
            return Errno.EUCLEAN;
        if (whole > some)
            failed = ReadFully(buffer[some..whole], at + some);
        if (failed != 0)
            return failed;
        return DirectoryEntryView.TryParse(buffer[..whole], out entry) ? 0 : Errno.EUCLEAN;
    }

    private Errno ReadFully(Span<byte> buffer, long offset)
    {
        Result<int> read = _source.ReadAt(buffer, offset);
        return !read.IsOk ? read.Errno : read.Value == buffer.Length ? 0 : Errno.EUCLEAN;
    }
}

/// <summary>The reader's sizes.</summary>
public static class DirectoryFileReader
{
    /// <summary>Bytes of a symlink's target: PATH_MAX without its NUL.</summary>
    public const int MaxTarget = 4095;

    /// <summary>Bytes of the largest entry.</summary>
    public const int MaxEntry = DirectoryFile.EntrySize + NodeName.MaxLength + MaxTarget;

    internal const int UsualEntry = 192;
}
