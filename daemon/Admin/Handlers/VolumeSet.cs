using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Admin;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>Every volume, and how a caller's target names something in one of them.</summary>
internal sealed class VolumeSet(IReadOnlyList<IVolumeAdmin> volumes)
{
    public IReadOnlyList<IVolumeAdmin> All => volumes;

    /// <summary>The volume and the node that a target names; the origin is asked for a path that is not known.</summary>
    public async ValueTask<Outcome<Found>> FindNodeAsync(Target? target, CancellationToken cancel)
    {
        Outcome<Found> found = await LocateAsync(target, cancel);
        if (!found.TryGet(out Found? place, out GrpcStatus status) || place.Node != NodeId.None)
            return status.IsOk ? place! : status;
        Result<NodeId> node = await place.Volume.FindAsync(place.Path, cancel);
        return node.IsOk ? place with { Node = node.Value } : GrpcStatus.Of(node.Errno, place.ToString());
    }

    /// <summary>The volume and the path that a target names; of a node: the path that it has now.</summary>
    public async ValueTask<Outcome<Found>> FindPathAsync(Target? target, CancellationToken cancel)
    {
        Outcome<Found> found = await LocateAsync(target, cancel);
        if (!found.TryGet(out Found? place, out GrpcStatus status) || place.Node == NodeId.None)
            return status.IsOk ? place! : status;
        Result<NodeReport> report = await place.Volume.ReportAsync(place.Node, cancel);
        return report.IsOk ? place with { Path = report.Value.Path } : GrpcStatus.Of(report.Errno, place.ToString());
    }

    /// <summary>As the target says it: a node, else a path. Only the volume is looked up.</summary>
    public async ValueTask<Outcome<Found>> LocateAsync(Target? target, CancellationToken cancel)
    {
        if (target is null)
            return GrpcStatus.Invalid("no target is given: name a volume with a path, or a node");
        if (!OriginPath.TryParse(target.Path.Span, out OriginPath path))
            return GrpcStatus.Invalid($"{target.Path.ToStringUtf8()}: not a path within a volume (\".\", \"..\", NUL, or a name over 255 bytes)");
        var node = new NodeId(target.Node);
        if (node != NodeId.None && target.Volume.Length == 0)
            return await HolderAsync(node, cancel);
        return Named(target.Volume).TryGet(out IVolumeAdmin? volume, out GrpcStatus status) ? new Found(volume, node, path) : status;
    }

    /// <param name="name">empty = the only one there is</param>
    public Outcome<IVolumeAdmin> Named(string name)
    {
        if (name.Length == 0 && volumes.Count == 1)
            return Of(volumes[0]);
        string known = string.Join(", ", volumes.Select(volume => volume.Name));
        if (name.Length == 0)
            return GrpcStatus.Invalid($"there is more than one volume, say which: {known}");
        return volumes.FirstOrDefault(volume => volume.Name == name) is { } found
            ? Of(found)
            : new GrpcStatus(GrpcCode.NotFound, $"{name}: there is no such volume, arlad's configuration has: {known}", Errno.ENOENT);
    }

    private async ValueTask<Outcome<Found>> HolderAsync(NodeId node, CancellationToken cancel)
    {
        foreach (IVolumeAdmin volume in volumes)
        {
            if ((await volume.ReportAsync(node, cancel)).IsOk)
                return new Found(volume, node, OriginPath.Root);
        }
        return new GrpcStatus(GrpcCode.NotFound, $"{node}: no volume has a node of this number (ENOENT)", Errno.ENOENT);
    }

    private static Outcome<IVolumeAdmin> Of(IVolumeAdmin volume) => Outcome<IVolumeAdmin>.Of(volume);
}

/// <param name="Volume">that it is in</param>
/// <param name="Node">none: it is named by its path</param>
/// <param name="Path">within the volume</param>
internal sealed record Found(IVolumeAdmin Volume, NodeId Node, OriginPath Path)
{
    public override string ToString() => Node == NodeId.None ? $"{Volume.Name}:{Path}" : $"{Volume.Name}:{Path} (node {Node})";
}
