using Nnpfs.Origins;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache;

/// <summary>What the index keeps of one node. Immutable: a change is a new record put in its place.</summary>
internal sealed record NodeRecord
{
    public required NodeId Id { get; init; }

    /// <summary>The directory that holds the name; the root is its own parent.</summary>
    public required NodeId Parent { get; init; }

    /// <summary>Bytes of the entry's name; empty for the root.</summary>
    public ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>As the origin told them, with the validator of a file's content. FreshFor is not kept.</summary>
    public required OriginFacts Facts { get; init; }

    /// <summary>The version of the content: of a directory, of its directory file. Zero: none yet.</summary>
    public ulong Version { get; init; }

    /// <summary>Until when the facts may be relied on without asking; the minimum = they are in doubt.</summary>
    public DateTimeOffset FreshUntil { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Of a directory whose children are all in the index: the listing; null = never listed.</summary>
    public NodeListing? Listing { get; init; }

    public bool IsRoot => Id == Parent;
}

/// <summary>The listing of a directory whose children are all in the index.</summary>
/// <param name="Validator">as the origin gave it; may be empty</param>
/// <param name="FreshUntil">until when no entry is added, gone or changed, as far as anyone knows</param>
/// <param name="Size">bytes of the directory file of the record's version</param>
internal sealed record NodeListing(OriginValidator Validator, DateTimeOffset FreshUntil, long Size);
