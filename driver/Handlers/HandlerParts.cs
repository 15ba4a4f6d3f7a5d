using Nnpfs.Driver.Boosting;
using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;
using Nnpfs.Fuse.Kernel;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Driver.Handlers;

/// <summary>What handlers work with: the parts of one mounted volume.</summary>
internal sealed record HandlerParts
{
    public required NodeTable Nodes { get; init; }

    public required NodeService Service { get; init; }

    public required DataService Data { get; init; }

    public required Passthrough Passthrough { get; init; }

    public required BoostService Boost { get; init; }

    public required SlotTable<OpenFile> Open { get; init; }

    public required DaemonChannel Channel { get; init; }

    public required Installer Installer { get; init; }

    public required Reporter Reporter { get; init; }

    public required Counters Counters { get; init; }

    /// <summary>The kernel opens files by itself: no OPEN, no RELEASE, and no handle in what it sends of files.</summary>
    public required bool ElidesOpens { get; init; }

    public required LastErrors Errors { get; init; }

    /// <summary>The open file that a request of the kernel is about.</summary>
    /// <param name="node">the kernel's number of the node</param>
    /// <param name="handle">as answered to OPEN; 0 where opens are elided: the one stream of all who read the node</param>
    /// <returns>null: there is none such</returns>
    public OpenFile? FileOf(ulong node, FileHandle handle)
    {
        if (handle.Value != 0 || !ElidesOpens)
            return Open.Get(handle.Value) is { } file && file.Node.Key == node ? file : null;
        return Nodes.Get(node) is { Kind: Kind.File } read ? Nodes.StreamOf(read, Installer.Geometry) : null;
    }
}
