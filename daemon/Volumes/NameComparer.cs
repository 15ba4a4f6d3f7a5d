using System.Diagnostics.CodeAnalysis;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>Compares names in directories byte by byte.</summary>
internal sealed class NameComparer : IEqualityComparer<(NodeId Parent, ReadOnlyMemory<byte> Name)>
{
    public static readonly NameComparer Instance = new();

    public bool Equals((NodeId Parent, ReadOnlyMemory<byte> Name) x, (NodeId Parent, ReadOnlyMemory<byte> Name) y) =>
        x.Parent == y.Parent && x.Name.Span.SequenceEqual(y.Name.Span);

    public int GetHashCode([DisallowNull] (NodeId Parent, ReadOnlyMemory<byte> Name) key)
    {
        HashCode hash = default;
        hash.Add(key.Parent.Value);
        hash.AddBytes(key.Name.Span);
        return hash.ToHashCode();
    }
}
