using System.Buffers.Binary;

namespace Nnpfs.Proto;

/// <summary>The layout of a directory file: what <see cref="DirectoryFileWriter"/> writes and <see cref="DirectoryFileReader"/> reads.</summary>
/// <remarks>
/// Little endian. A header of 64 bytes; a table of slots {hash 4, offset of the entry in units of 8 bytes 4}, a power of two of
/// them, at least half of them empty (offset 0), searched from hash upward; then the entries, each on a multiple of 8, in the
/// order of their names' bytes. An entry's place is its cookie for readdir.
/// </remarks>
internal static class DirectoryFile
{
    /// <summary>The last byte is the format's version.</summary>
    internal static ReadOnlySpan<byte> Magic => "NnpfsDr\x01"u8;

    internal const int HeaderSize = 64, SlotSize = 8, EntrySize = 72, Unit = 8;

    // The header, after the magic.
    internal const int CountAt = 8, SlotsAt = 12, EntriesAt = 16, LengthAt = 24;

    // An entry.
    internal const int NodeAt = 0, VersionAt = 8, SizeAt = 16, MtimeAt = 24, CtimeAt = 32, PermissionsAt = 40, LinksAt = 44;
    internal const int UidAt = 48, GidAt = 52, DeviceAt = 56, HashAt = 60, KindAt = 64, FlagsAt = 65, NameLengthAt = 66, TargetLengthAt = 68;

    // An entry's flags: its attributes are here, and hold for as long as the listing; they are here, and are to be asked about.
    internal const byte ExactFlag = 1, ToldFlag = 2;

    /// <summary>FNV-1a, with a last mix so that the low bits count as much as the high ones.</summary>
    internal static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte b in name)
            hash = (hash ^ b) * 16777619;
        hash ^= hash >> 15;
        hash *= 0x2C1B3C6D;
        return hash ^ (hash >> 13);
    }

    internal static long Align(long offset) => (offset + Unit - 1) & ~(long)(Unit - 1);

    internal static uint U32(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);

    internal static ulong U64(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt64LittleEndian(from[at..]);

    internal static ushort U16(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt16LittleEndian(from[at..]);
}
