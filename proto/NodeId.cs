using System.Globalization;

namespace Nnpfs.Proto;

/// <summary>Names one node for ever: given by arlad, kept over restarts, never given to another thing. Zero names nothing.</summary>
public readonly record struct NodeId(ulong Value)
{
    public static readonly NodeId None;

    public override string ToString() => Value.ToString("x", CultureInfo.InvariantCulture);
}
