using System.Buffers.Binary;
using System.Security.Cryptography;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Directory;

/// <summary>Lists one directory, with the facts of every entry.</summary>
internal static class DirectoryLister
{
    /// <param name="directory">open for reading</param>
    /// <param name="cancel">looked at before each entry's facts are read</param>
    internal static Result<OriginListing> List(SafeFd directory, CancellationToken cancel)
    {
        List<(byte[] Name, byte Type)> names = [];
        Errno errno = Directories.List(directory, (name, type) => names.Add((name.ToArray(), type)));
        if (errno != 0)
            return errno;
        names.Sort(static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        List<OriginEntry> entries = new(names.Count);
        foreach ((byte[] name, byte type) in names)
        {
            if (cancel.IsCancellationRequested)
                return Errno.ECANCELED;
            Result<OriginFacts> facts = FactsReader.Read(directory, name);
            if (facts.IsOk)
                entries.Add(new OriginEntry(name, facts.Value.Kind, facts.Value));
            else if (facts.Errno != Errno.ENOENT && FileKind.OfEntry(type) is { } kind)
                entries.Add(new OriginEntry(name, kind, null)); // there, but its facts are not ours to see
        }
        return new OriginListing(entries, ValidatorOf(entries));
    }

    /// <summary>A digest of names and facts: it changes when anything in the listing does.</summary>
    private static OriginValidator ValidatorOf(List<OriginEntry> entries)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> numbers = stackalloc byte[(4 * sizeof(long)) + (5 * sizeof(uint))];
        foreach (OriginEntry entry in entries)
        {
            digest.AppendData(entry.Name.Span);
            digest.AppendData("/"u8); // no name holds it, so no two listings read alike
            if (entry.Facts is not { } facts)
                continue;
            BinaryPrimitives.WriteInt64LittleEndian(numbers, facts.Size);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], facts.MtimeNs);
            BinaryPrimitives.WriteInt64LittleEndian(numbers[16..], facts.CtimeNs);
            BinaryPrimitives.WriteUInt32LittleEndian(numbers[24..], (uint)facts.Kind);
            BinaryPrimitives.WriteUInt32LittleEndian(numbers[28..], facts.Permissions);
            BinaryPrimitives.WriteUInt32LittleEndian(numbers[32..], facts.Links);
            BinaryPrimitives.WriteUInt32LittleEndian(numbers[36..], facts.Uid);
            BinaryPrimitives.WriteUInt32LittleEndian(numbers[40..], facts.Gid);
            digest.AppendData(numbers);
            digest.AppendData(facts.Target.Span);
            digest.AppendData("/"u8);
        }
        return new OriginValidator(Convert.ToHexStringLower(digest.GetHashAndReset()), IsStrong: true);
    }
}
