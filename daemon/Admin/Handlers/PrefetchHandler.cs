using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Proto.Admin;
using VolumeProgress = Nnpfs.Daemon.Volumes.PrefetchProgress;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>Prefetch: one target after the other, their progress added up.</summary>
internal sealed class PrefetchHandler(VolumeSet volumes, TimeProvider time)
{
    public async ValueTask<GrpcStatus> PrefetchAsync(PrefetchRequest request, ReplyStream replies, CancellationToken cancel)
    {
        if (request.Targets.Count == 0)
            return GrpcStatus.Invalid("no target is given: name a volume with a path, or a node");
        var places = new List<Found>();
        foreach (Target target in request.Targets)
        {
            Outcome<Found> found = await volumes.FindPathAsync(target, cancel);
            if (!found.TryGet(out Found? place, out GrpcStatus status))
                return status;
            places.Add(place);
        }
        return await RunAsync(places, replies, cancel);
    }

    private async ValueTask<GrpcStatus> RunAsync(List<Found> places, ReplyStream replies, CancellationToken cancel)
    {
        long start = time.GetTimestamp();
        var before = new PrefetchProgress();
        var sum = before;
        foreach (Found place in places)
        {
            bool isLast = ReferenceEquals(place, places[^1]);
            await foreach (VolumeProgress progress in place.Volume.PrefetchAsync(place.Path, cancel))
            {
                sum = Sum(before, progress, place, isLast);
                sum.ElapsedMs = (ulong)time.GetElapsedTime(start).TotalMilliseconds;
                await replies.SendAsync(sum, cancel);
            }
            before = sum;
        }
        return GrpcStatus.Ok;
    }

    private static PrefetchProgress Sum(PrefetchProgress before, VolumeProgress progress, Found place, bool isLast) => new()
    {
        Files = before.Files + (ulong)progress.FilesTotal,
        FilesDone = before.FilesDone + (ulong)progress.FilesDone,
        Bytes = before.Bytes + (ulong)progress.BytesTotal,
        BytesDone = before.BytesDone + (ulong)progress.BytesDone,
        Failed = before.Failed + (ulong)progress.Failed,
        LastErrno = progress.LastErrno != 0 ? (uint)progress.LastErrno : before.LastErrno,
        LastError = progress.LastErrno != 0 ? progress.LastErrno.ToString() : before.LastError,
        Current = Messages.Bytes(progress.Current),
        Volume = place.Volume.Name,
        Listed = isLast && progress.Walked,
        Finished = isLast && progress.Finished,
    };
}
