namespace Nnpfs.Origins;

/// <summary>What an origin says of itself, for people and for the rules of validity.</summary>
/// <param name="Name">as a person wrote it, without any credential: a path or a URL</param>
/// <param name="IsRemote">its bytes cross a network: checksums of cached pages are on by default</param>
public sealed record OriginInfo(string Name, bool IsRemote)
{
    /// <summary>Requests that it takes at once.</summary>
    public int AtOnce { get; init; } = 8;
}

/// <summary>The kinds of things that a directory can hold.</summary>
public enum OriginKind
{
    File = 1,
    Directory,
    Symlink,
    Fifo,
    Socket,
    CharacterDevice,
    BlockDevice,
}

/// <summary>What an origin knows of one object.</summary>
public sealed record OriginFacts
{
    public required OriginKind Kind { get; init; }

    /// <summary>The low 12 bits of st_mode.</summary>
    public uint Permissions { get; init; } = 0x1A4; // 0644

    public uint Links { get; init; } = 1;

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Bytes of a file's content, or of a symlink's target; 0 for all else.</summary>
    public long Size { get; init; }

    /// <summary>Nanoseconds since the epoch.</summary>
    public long MtimeNs { get; init; }

    /// <summary>Nanoseconds since the epoch.</summary>
    public long CtimeNs { get; init; }

    /// <summary>st_rdev of a device.</summary>
    public uint Device { get; init; }

    /// <summary>Where a symlink points: bytes, not resolved.</summary>
    public ReadOnlyMemory<byte> Target { get; init; }

    /// <summary>Names this state of the content. Equal validators: equal bytes.</summary>
    public OriginValidator Validator { get; init; }

    /// <summary>
    /// How long these facts may be relied on without asking; zero = not at all; null = the volume's default, in a listing: as long as that.
    /// </summary>
    public TimeSpan? FreshFor { get; init; }

    /// <summary>The origin can send this file only from its start: a read costs every byte before it, so ask for [0, Size) once.</summary>
    public bool Streamed { get; init; }
}

/// <summary>One state of an object's content, as its origin names it: compared byte by byte, never interpreted.</summary>
/// <param name="Value">for example an ETag, or "size-mtime-inode"; empty = the origin has none</param>
/// <param name="IsStrong">two different contents can never have it both (a strong ETag, a digest, mtime in ns with ctime and inode)</param>
public readonly record struct OriginValidator(string Value, bool IsStrong)
{
    public bool IsEmpty => string.IsNullOrEmpty(Value);

    /// <summary>None is none, whether it was never set or came back from the index as an empty text.</summary>
    public bool Equals(OriginValidator other) => (Value ?? "") == (other.Value ?? "") && IsStrong == other.IsStrong;

    public override int GetHashCode() => HashCode.Combine(Value ?? "", IsStrong);
}

/// <summary>A directory's entries.</summary>
/// <param name="Entries">each name once</param>
/// <param name="Validator">of the listing; may be empty</param>
public sealed record OriginListing(IReadOnlyList<OriginEntry> Entries, OriginValidator Validator)
{
    /// <summary>How long the listing may be relied on; null = the volume's default.</summary>
    public TimeSpan? FreshFor { get; init; }
}

/// <param name="Name">bytes: anything but "/" and NUL, 1 to 255 of them, neither "." nor ".."</param>
/// <param name="Kind">as the listing tells it</param>
/// <param name="Facts">null where the listing does not tell them exactly: they must be asked for</param>
public sealed record OriginEntry(ReadOnlyMemory<byte> Name, OriginKind Kind, OriginFacts? Facts);
