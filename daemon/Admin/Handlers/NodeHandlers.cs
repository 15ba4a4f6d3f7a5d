using Google.Protobuf;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>What is asked of, and done to, single nodes and trees: List, Stat, Invalidate, Flush.</summary>
internal sealed class NodeHandlers(VolumeSet volumes, TimeProvider time)
{
    private const int BatchEntries = 512;

    public async ValueTask<GrpcStatus> ListAsync(ListRequest request, ReplyStream replies, CancellationToken cancel)
    {
        Outcome<Found> found = await volumes.FindNodeAsync(request.Directory, cancel);
        if (!found.TryGet(out Found? place, out GrpcStatus status))
            return status;
        Result<IReadOnlyList<NodeReport>> entries = await place.Volume.ListAsync(place.Node, cancel);
        if (!entries.IsOk)
            return GrpcStatus.Of(entries.Errno, place.ToString());
        foreach (NodeReport[] batch in entries.Value.Chunk(BatchEntries))
            await replies.SendAsync(new ListReply { Entries = { batch.Select(EntryOf) } }, cancel);
        return GrpcStatus.Ok;
    }

    public async ValueTask<Outcome<StatReply>> StatAsync(StatRequest request, CancellationToken cancel)
    {
        Outcome<Found> found = await volumes.FindNodeAsync(request.Target, cancel);
        if (!found.TryGet(out Found? place, out GrpcStatus status))
            return status;
        Result<NodeReport> report = await place.Volume.ReportAsync(place.Node, cancel);
        if (!report.IsOk)
            return GrpcStatus.Of(report.Errno, place.ToString());
        return new StatReply
        {
            Volume = place.Volume.Name,
            Path = Messages.Bytes(report.Value.Path),
            Info = Messages.Of(report.Value, time.GetUtcNow()),
            BlockSize = (uint)place.Volume.BlockSize,
            Origin = place.Volume.Origin.Name,
            Validator = report.Value.Facts.Validator.Value ?? "",
            ValidatorStrong = report.Value.Facts.Validator.IsStrong,
            LastError = Messages.Of(report.Value.LastError, time.GetUtcNow()),
        };
    }

    public async ValueTask<Outcome<InvalidateReply>> InvalidateAsync(InvalidateRequest request, CancellationToken cancel)
    {
        Outcome<Found> found = await volumes.LocateAsync(request.Target, cancel);
        if (!found.TryGet(out Found? place, out GrpcStatus status))
            return status;
        bool isNode = place.Node != NodeId.None;
        InvalidationTarget target = isNode
            ? InvalidationTarget.Of(place.Node, request.Recursive)
            : InvalidationTarget.Of(place.Path, request.Recursive);
        Result<InvalidationReport> done = await place.Volume.InvalidateAsync(target, cancel);
        if (!done.IsOk && done.Errno == Errno.ENOENT && !isNode)
            return new InvalidateReply { Epoch = place.Volume.Epoch }; // never known: no mount can hold anything of it
        if (!done.IsOk)
            return GrpcStatus.Of(done.Errno, place.ToString());
        return new InvalidateReply
        {
            Nodes = (ulong)done.Value.Nodes,
            Mounts = (uint)done.Value.Mounts,
            CutOff = (uint)done.Value.CutOff,
            Epoch = done.Value.Epoch,
        };
    }

    public async ValueTask<Outcome<FlushReply>> FlushAsync(FlushRequest request, CancellationToken cancel)
    {
        Outcome<Found> found = await volumes.FindPathAsync(request.Target, cancel);
        if (!found.TryGet(out Found? place, out GrpcStatus status))
            return status;
        Result<FlushReport> done = await place.Volume.FlushAsync(place.Path, cancel);
        return done.IsOk
            ? new FlushReply { Nodes = (ulong)done.Value.Nodes, Bytes = (ulong)done.Value.Bytes }
            : GrpcStatus.Of(done.Errno, place.ToString());
    }

    private ListEntry EntryOf(NodeReport report) =>
        new() { Name = ByteString.CopyFrom(report.Path.Name), Info = Messages.Of(report, time.GetUtcNow()) };
}
