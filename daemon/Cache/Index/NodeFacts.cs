using System.Buffers.Binary;
using System.Text;
using Nnpfs.Daemon.Cache.Blocks;
using Nnpfs.Origins;

namespace Nnpfs.Daemon.Cache.Index;

/// <summary>The part of a node's record that SQLite need not look into, as bytes that prove themselves.</summary>
/// <remarks>
/// Little-endian, in the order of <see cref="Encode"/>; the last four bytes are a CRC-32C of the rest and of the row's columns.
/// SQLite finds a torn page but not a flipped bit: a row whose proof fails counts as not there.
/// </remarks>
internal static class NodeFacts
{
    private const int Fixed = (5 * 4) + (5 * 8) + 3 + (3 * 4); // without the last byte, which rows of an earlier build have not

    public static byte[] Encode(NodeRecord record)
    {
        OriginFacts facts = record.Facts;
        byte[] validator = Encoding.UTF8.GetBytes(facts.Validator.Value ?? "");
        byte[] listing = Encoding.UTF8.GetBytes(record.Listing?.Validator.Value ?? "");
        var bytes = new byte[Fixed + facts.Target.Length + validator.Length + listing.Length + 1 + 4];
        var writer = new Cursor(bytes);
        writer.UInt(facts.Permissions);
        writer.UInt(facts.Links);
        writer.UInt(facts.Uid);
        writer.UInt(facts.Gid);
        writer.UInt(facts.Device);
        writer.Long(facts.MtimeNs);
        writer.Long(facts.CtimeNs);
        writer.Long(record.FreshUntil.ToUnixTimeMilliseconds());
        writer.Long(record.Listing?.FreshUntil.ToUnixTimeMilliseconds() ?? 0);
        writer.Long(record.Listing?.Size ?? 0);
        writer.Byte(facts.Validator.IsStrong);
        writer.Byte(record.Listing is not null);
        writer.Byte(record.Listing?.Validator.IsStrong == true);
        writer.Bytes(facts.Target.Span);
        writer.Bytes(validator);
        writer.Bytes(listing);
        writer.Byte(facts.Streamed);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan()[^4..], Proof(record.Id.Value, record.Parent.Value, record.Name.Span,
            (long)facts.Kind, facts.Size, record.Version, bytes.AsSpan()[..^4]));
        return bytes;
    }

    /// <summary>Completes a record from its columns; false: the row is damaged.</summary>
    public static bool TryDecode(NodeRow row, ReadOnlySpan<byte> bytes, out NodeRecord record)
    {
        record = null!;
        if (bytes.Length < Fixed + 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^4..])
            != Proof(row.Id.Value, row.Parent.Value, row.Name, (long)row.Kind, row.Size, row.Version, bytes[..^4]))
            return false;
        var reader = new Reader(bytes[..^4]);
        var facts = new OriginFacts
        {
            Kind = row.Kind,
            Size = row.Size,
            Permissions = reader.UInt(),
            Links = reader.UInt(),
            Uid = reader.UInt(),
            Gid = reader.UInt(),
            Device = reader.UInt(),
            MtimeNs = reader.Long(),
            CtimeNs = reader.Long(),
        };
        DateTimeOffset fresh = DateTimeOffset.FromUnixTimeMilliseconds(reader.Long());
        DateTimeOffset listingFresh = DateTimeOffset.FromUnixTimeMilliseconds(reader.Long());
        long listingSize = reader.Long();
        bool isStrong = reader.Byte(), isListed = reader.Byte(), listingStrong = reader.Byte();
        byte[] target = reader.Bytes().ToArray();
        string validator = Encoding.UTF8.GetString(reader.Bytes()), listing = Encoding.UTF8.GetString(reader.Bytes());
        bool isStreamed = !reader.IsAtEnd && reader.Byte();
        record = new NodeRecord
        {
            Id = row.Id,
            Parent = row.Parent,
            Name = row.Name,
            Version = row.Version,
            FreshUntil = fresh,
            Facts = facts with { Target = target, Validator = new OriginValidator(validator, isStrong), Streamed = isStreamed },
            Listing = isListed ? new NodeListing(new OriginValidator(listing, listingStrong), listingFresh, listingSize) : null,
        };
        return true;
    }

    private static uint Proof(ulong id, ulong parent, ReadOnlySpan<byte> name, long kind, long size, ulong version, ReadOnlySpan<byte> facts)
    {
        uint sum = Crc32C.Append(Crc32C.Append(Crc32C.Empty, id), parent);
        sum = Crc32C.Append(Crc32C.Append(Crc32C.Append(sum, name), (ulong)kind), (ulong)size);
        return Crc32C.Append(Crc32C.Append(sum, version), facts);
    }

    private ref struct Cursor(Span<byte> rest)
    {
        private Span<byte> _rest = rest;

        public void UInt(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_rest, value);
            _rest = _rest[4..];
        }

        public void Long(long value)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_rest, value);
            _rest = _rest[8..];
        }

        public void Byte(bool value)
        {
            _rest[0] = value ? (byte)1 : (byte)0;
            _rest = _rest[1..];
        }

        public void Bytes(ReadOnlySpan<byte> value)
        {
            UInt((uint)value.Length);
            value.CopyTo(_rest);
            _rest = _rest[value.Length..];
        }
    }

    // The proof held, so the bytes are our own and need no bounds but the runtime's.
    private ref struct Reader(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        public bool IsAtEnd => _rest.IsEmpty;

        public uint UInt()
        {
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
            _rest = _rest[4..];
            return value;
        }

        public long Long()
        {
            long value = BinaryPrimitives.ReadInt64LittleEndian(_rest);
            _rest = _rest[8..];
            return value;
        }

        public bool Byte()
        {
            bool value = _rest[0] != 0;
            _rest = _rest[1..];
            return value;
        }

        public ReadOnlySpan<byte> Bytes()
        {
            int length = (int)UInt();
            ReadOnlySpan<byte> value = _rest[..length];
            _rest = _rest[length..];
            return value;
        }
    }
}
