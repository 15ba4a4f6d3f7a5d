using Nnpfs.Origins;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Volumes;

/// <summary>What an invalidation names: one node, one path, or the whole volume.</summary>
/// <param name="Node">by id, or <see cref="NodeId.None"/></param>
/// <param name="Path">by path, where <paramref name="Node"/> is none</param>
/// <param name="Recursive">all that is known beneath it as well</param>
internal readonly record struct InvalidationTarget(NodeId Node, OriginPath Path, bool Recursive)
{
    public static readonly InvalidationTarget Volume = new(NodeId.None, OriginPath.Root, true);

    /// <summary>Everything: the root, recursively.</summary>
    public bool IsVolume => Node == NodeId.None && Path.IsRoot && Recursive;

    public static InvalidationTarget Of(NodeId node, bool recursive = false) => new(node, OriginPath.Root, recursive);

    public static InvalidationTarget Of(OriginPath path, bool recursive = false) => new(NodeId.None, path, recursive);
}

/// <param name="Nodes">known nodes whose tokens were taken back</param>
/// <param name="Mounts">mounts that confirmed it</param>
/// <param name="CutOff">mounts that did not answer in time and were disconnected: their tokens are void when they return</param>
/// <param name="Epoch">the volume's epoch from here on</param>
internal sealed record InvalidationReport(long Nodes, int Mounts, int CutOff, ulong Epoch);
