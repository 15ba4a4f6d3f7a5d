using Nnpfs.Origins;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What arlad knows of one node, for people: a copy made at one moment.</summary>
internal sealed record NodeReport
{
    public required NodeId Id { get; init; }

    public required OriginPath Path { get; init; }

    public required OriginFacts Facts { get; init; }

    /// <summary>The number of the content's state; 0 = not known yet.</summary>
    public ulong Version { get; init; }

    /// <summary>Bytes of this version's content that are in the cache; of a directory: of its directory file.</summary>
    public long CachedBytes { get; init; }

    /// <summary>Every page is filled; of a directory: it is listed.</summary>
    public bool IsWhole { get; init; }

    public bool IsPinned { get; init; }

    /// <summary>Until when the attributes are relied on; null = the next use asks the origin.</summary>
    public DateTimeOffset? Expires { get; init; }

    public NodeError? LastError { get; init; }
}

/// <summary>The last failure that concerned a node, kept in memory only.</summary>
/// <param name="Operation">what was tried: GetData, GetAttr ...</param>
/// <param name="Errno">what the waiter was told</param>
/// <param name="When">wall clock</param>
internal sealed record NodeError(string Operation, Errno Errno, DateTimeOffset When);
