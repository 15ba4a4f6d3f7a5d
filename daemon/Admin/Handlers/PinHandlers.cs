using Google.Protobuf.Collections;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Proto.Admin;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>Pin, Unpin, Pins.</summary>
internal sealed class PinHandlers(VolumeSet volumes)
{
    public async ValueTask<Outcome<PinReply>> PinAsync(PinRequest request, CancellationToken cancel)
    {
        GrpcStatus done = await EachAsync(request.Targets, static (found, cancel) => found.Volume.PinAsync(found.Path, cancel), "", cancel);
        return done.IsOk ? new PinReply { Pinned = (ulong)request.Targets.Count } : done;
    }

    public async ValueTask<Outcome<UnpinReply>> UnpinAsync(UnpinRequest request, CancellationToken cancel)
    {
        GrpcStatus done = await EachAsync(
            request.Targets, static (found, cancel) => found.Volume.UnpinAsync(found.Path, cancel), "it is not pinned itself: see nnpfsctl pins", cancel);
        return done.IsOk ? new UnpinReply { Unpinned = (ulong)request.Targets.Count } : done;
    }

    public async ValueTask<Outcome<PinsReply>> PinsAsync(PinsRequest request, CancellationToken cancel)
    {
        var reply = new PinsReply();
        foreach (IVolumeAdmin volume in volumes.All)
        {
            IReadOnlyList<OriginPath> pins = await volume.PinsAsync(cancel);
            reply.Pins.AddRange(pins.Select(path => new PinInfo { Volume = volume.Name, Path = Messages.Bytes(path) }));
        }
        return reply;
    }

    // Stops at the first that fails; those before it are done, and the message names the one that is not.
    private async ValueTask<GrpcStatus> EachAsync(
        RepeatedField<Target> targets, Func<Found, CancellationToken, ValueTask<Errno>> act, string absent, CancellationToken cancel)
    {
        if (targets.Count == 0)
            return GrpcStatus.Invalid("no target is given: name a volume with a path, or a node");
        foreach (Target target in targets)
        {
            Outcome<Found> found = await volumes.FindPathAsync(target, cancel);
            if (!found.TryGet(out Found? place, out GrpcStatus status))
                return status;
            if (await act(place, cancel) is var errno && errno != 0)
                return GrpcStatus.Of(errno, place.ToString(), errno == Errno.ENOENT ? absent : "");
        }
        return GrpcStatus.Ok;
    }
}
