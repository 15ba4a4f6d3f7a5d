using Nnpfs.Driver.Channel;
using Nnpfs.Driver.Data;
using Nnpfs.Driver.Nodes;

namespace Nnpfs.Driver.Handlers;

/// <summary>What handlers work with: the parts of one mounted volume.</summary>
internal sealed record HandlerParts
{
    public required NodeTable Nodes { get; init; }

    public required NodeService Service { get; init; }

    public required DataService Data { get; init; }

    public required SlotTable<OpenFile> Open { get; init; }

    public required DaemonChannel Channel { get; init; }

    public required Installer Installer { get; init; }

    public required Reporter Reporter { get; init; }

    public required Counters Counters { get; init; }

    public required LastErrors Errors { get; init; }
}
