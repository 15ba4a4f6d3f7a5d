using System.Text;

namespace Nnpfs.Origins;

/// <summary>A path within an origin: bytes, components joined by "/", none at either end; the empty path is the root.</summary>
/// <remarks>Names are bytes on Linux: nothing here decodes them but <see cref="ToString"/>, which is for people.</remarks>
public readonly struct OriginPath : IEquatable<OriginPath>
{
    public static readonly OriginPath Root;

    private readonly byte[]? _bytes;

    private OriginPath(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public bool IsRoot => Bytes.IsEmpty;

    /// <summary>The last component; empty for the root.</summary>
    public ReadOnlySpan<byte> Name => Bytes[(Bytes.LastIndexOf((byte)'/') + 1)..];

    /// <summary>The directory that holds this; the root is its own parent.</summary>
    public OriginPath Parent => new(Bytes[..Math.Max(Bytes.LastIndexOf((byte)'/'), 0)].ToArray());

    /// <summary>A path one component longer.</summary>
    /// <param name="name">checked: see <see cref="IsName"/></param>
    public OriginPath Join(ReadOnlySpan<byte> name)
    {
        if (!IsName(name))
            throw new ArgumentException("not the name of an entry", nameof(name));
        return new(IsRoot ? name.ToArray() : [.. Bytes, (byte)'/', .. name]);
    }

    /// <summary>Each component in turn must be a name; empty ones are dropped.</summary>
    public static bool TryParse(ReadOnlySpan<byte> path, out OriginPath parsed)
    {
        parsed = Root;
        foreach (Range part in path.Split((byte)'/'))
        {
            ReadOnlySpan<byte> name = path[part];
            if (name.IsEmpty)
                continue;
            if (!IsName(name))
                return false;
            parsed = parsed.Join(name);
        }
        return true;
    }

    /// <summary>For literals in code and tests: UTF-8, and what is not a path throws.</summary>
    public static OriginPath Of(string path) =>
        TryParse(Encoding.UTF8.GetBytes(path), out OriginPath parsed) ? parsed : throw new ArgumentException("not a path", nameof(path));

    /// <summary>1 to 255 bytes, no "/" and no NUL, neither "." nor "..".</summary>
    public static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= 255 && name.IndexOfAny((byte)'/', (byte)0) < 0 && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);

    public bool Equals(OriginPath other) => Bytes.SequenceEqual(other.Bytes);

    public override bool Equals(object? obj) => obj is OriginPath other && Equals(other);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    public override string ToString() => Encoding.UTF8.GetString(Bytes);

    public static bool operator ==(OriginPath left, OriginPath right) => left.Equals(right);

    public static bool operator !=(OriginPath left, OriginPath right) => !left.Equals(right);
}
