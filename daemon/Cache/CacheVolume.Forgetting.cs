using Nnpfs.Posix;
using Nnpfs.Proto;

namespace Nnpfs.Daemon.Cache;

/// <summary>How nodes leave the index when there are too many.</summary>
internal sealed partial class CacheVolume
{
    /// <summary>
    /// Asked before the children of a directory are forgotten: true = no driver knows the directory or any of them, and the
    /// asked one relies on none of them any more. While nobody answers, nothing is forgotten.
    /// </summary>
    public Func<NodeId, IReadOnlyList<NodeId>, bool>? MayForget { get; set; }

    /// <summary>Told of directories that were not to be forgotten now, so that drivers can be asked to let go of them.</summary>
    public Action<IReadOnlyList<NodeId>>? Unwanted { get; set; }

    /// <summary>Removes the children of a directory from the index, and its listing.</summary>
    /// <param name="directory">which</param>
    /// <param name="kept">children that stay, because a driver may know them</param>
    /// <returns>nodes that are gone</returns>
    internal long Forget(NodeId directory, out long kept)
    {
        kept = 0;
        if (!Get(directory).TryGet(out NodeRecord? record, out _) || !Subtree(directory).TryGet(out IReadOnlyList<NodeId>? beneath, out _))
            return 0;
        NodeId[] children = [.. beneath.Where(node => node != directory)];
        if (MayForget?.Invoke(directory, children) != true)
        {
            kept = children.Length;
            return 0;
        }
        if (!NextNumber().TryGet(out ulong version, out _))
            return 0;
        // The record first: where arlad ends in between, a directory that is not listed with children is no lie.
        if (Put(record with { Listing = null, Version = version, FreshUntil = DateTimeOffset.UnixEpoch }) != 0)
            return 0;
        return children.Count(child => Remove(child).IsOk);
    }
}
