using System.Buffers.Binary;
using System.Numerics;

namespace Nnpfs.Proto;

/// <summary>Makes a directory file of a directory's entries. The same entries make the same bytes, in whatever order they come.</summary>
public static class DirectoryFileWriter
{
    /// <summary>More entries than this are refused: the listing of such a directory would fit no sane cache.</summary>
    public const int MaxEntries = 8_000_000;

    /// <param name="entries">each name once</param>
    /// <exception cref="ArgumentException">a name or target is invalid or there twice, or there are too many entries</exception>
    public static byte[] Write(IEnumerable<DirectoryEntry> entries)
    {
        DirectoryEntry[] sorted = [.. entries];
        Array.Sort(sorted, static (a, b) => a.Name.Span.SequenceCompareTo(b.Name.Span));
        Check(sorted);

        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(sorted.Length * 2, 8));
        long at = DirectoryFile.HeaderSize + ((long)slots * DirectoryFile.SlotSize);
        long length = at + sorted.Sum(static entry => (long)LengthOf(entry));
        byte[] file = new byte[length];
        WriteHeader(file, sorted.Length, slots, at);
        foreach (DirectoryEntry entry in sorted)
        {
            uint hash = DirectoryFile.Hash(entry.Name.Span);
            WriteEntry(file.AsSpan((int)at), entry, hash);
            WriteSlot(file.AsSpan(DirectoryFile.HeaderSize, slots * DirectoryFile.SlotSize), hash, (uint)(at / DirectoryFile.Unit));
            at += LengthOf(entry);
        }
        return file;
    }

    private static void Check(DirectoryEntry[] sorted)
    {
        if (sorted.Length > MaxEntries)
            throw new ArgumentException($"a directory of more than {MaxEntries} entries");
        for (int i = 0; i < sorted.Length; i++)
        {
            DirectoryEntry entry = sorted[i];
            if (!NodeName.IsValid(entry.Name.Span) || entry.Node == NodeId.None || !NodeAttributes.IsKind(entry.Kind))
                throw new ArgumentException($"entry {i} has no valid name, node or kind");
            if (entry.Target.Length > DirectoryFileReader.MaxTarget || entry.Target.Span.Contains((byte)0))
                throw new ArgumentException($"entry {i} has no valid target");
            if (i > 0 && entry.Name.Span.SequenceEqual(sorted[i - 1].Name.Span))
                throw new ArgumentException($"entry {i} is there twice");
        }
    }

    private static int LengthOf(DirectoryEntry entry) =>
        (int)DirectoryFile.Align(DirectoryFile.EntrySize + entry.Name.Length + (entry.Attributes is null ? 0 : entry.Target.Length));

    private static void WriteHeader(Span<byte> file, int count, int slots, long entries)
    {
        DirectoryFile.Magic.CopyTo(file);
        Put32(file, DirectoryFile.CountAt, (uint)count);
        Put32(file, DirectoryFile.SlotsAt, (uint)slots);
        Put64(file, DirectoryFile.EntriesAt, (ulong)entries);
        Put64(file, DirectoryFile.LengthAt, (ulong)file.Length);
    }

    private static void WriteEntry(Span<byte> to, DirectoryEntry entry, uint hash)
    {
        Put64(to, DirectoryFile.NodeAt, entry.Node.Value);
        Put32(to, DirectoryFile.HashAt, hash);
        to[DirectoryFile.KindAt] = (byte)entry.Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(to[DirectoryFile.NameLengthAt..], (ushort)entry.Name.Length);
        entry.Name.Span.CopyTo(to[DirectoryFile.EntrySize..]);
        if (entry.Attributes is not { } attributes)
            return;
        to[DirectoryFile.FlagsAt] = entry.IsVouched ? DirectoryFile.ExactFlag : DirectoryFile.ToldFlag;
        Put64(to, DirectoryFile.VersionAt, entry.Version);
        Put64(to, DirectoryFile.SizeAt, (ulong)attributes.Size);
        Put64(to, DirectoryFile.MtimeAt, (ulong)attributes.MtimeNs);
        Put64(to, DirectoryFile.CtimeAt, (ulong)attributes.CtimeNs);
        Put32(to, DirectoryFile.PermissionsAt, attributes.Permissions);
        Put32(to, DirectoryFile.LinksAt, attributes.Links);
        Put32(to, DirectoryFile.UidAt, attributes.Uid);
        Put32(to, DirectoryFile.GidAt, attributes.Gid);
        Put32(to, DirectoryFile.DeviceAt, attributes.Device);
        BinaryPrimitives.WriteUInt16LittleEndian(to[DirectoryFile.TargetLengthAt..], (ushort)entry.Target.Length);
        entry.Target.Span.CopyTo(to[(DirectoryFile.EntrySize + entry.Name.Length)..]);
    }

    private static void WriteSlot(Span<byte> table, uint hash, uint unit)
    {
        int mask = (table.Length / DirectoryFile.SlotSize) - 1;
        int slot = (int)(hash & (uint)mask);
        while (DirectoryFile.U32(table, (slot * DirectoryFile.SlotSize) + 4) != 0)
            slot = (slot + 1) & mask;
        Put32(table, slot * DirectoryFile.SlotSize, hash);
        Put32(table, (slot * DirectoryFile.SlotSize) + 4, unit);
    }

    private static void Put32(Span<byte> to, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(to[at..], value);

    private static void Put64(Span<byte> to, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(to[at..], value);
}
