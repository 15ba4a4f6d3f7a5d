using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Origins;
using Nnpfs.Proto.Admin;
using PrefetchProgress = Nnpfs.Proto.Admin.PrefetchProgress;
using VolumeProgress = Nnpfs.Daemon.Volumes.PrefetchProgress;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>Prefetch: one target after the other, then the ranges of a recorded run, their progress added up.</summary>
internal sealed class PrefetchHandler(VolumeSet volumes, TimeProvider time)
{
    public async ValueTask<GrpcStatus> PrefetchAsync(PrefetchRequest request, ReplyStream replies, CancellationToken cancel)
    {
        if (request.Targets.Count + request.Ranges.Count == 0)
            return GrpcStatus.Invalid("no target is given: name a volume with a path, or a node");
        var parts = new List<Part>();
        foreach (Target target in request.Targets)
        {
            if (!(await volumes.FindPathAsync(target, cancel)).TryGet(out Found? place, out GrpcStatus status))
                return status;
            parts.Add(new Part(place.Volume, stop => place.Volume.PrefetchAsync(place.Path, stop)));
        }
        foreach (IGrouping<string, RecordedRange> ranges in request.Ranges.GroupBy(range => range.Volume))
        {
            if (!volumes.Named(ranges.Key).TryGet(out IVolumeAdmin? volume, out GrpcStatus status)
                || !TryRead(volume, ranges, out List<FetchedRange> read, out status))
                return status;
            parts.Add(new Part(volume, stop => volume.PrefetchAsync(read, stop)));
        }
        return await RunAsync(parts, replies, cancel);
    }

    private static bool TryRead(IVolumeAdmin volume, IEnumerable<RecordedRange> ranges, out List<FetchedRange> read, out GrpcStatus status)
    {
        read = [];
        foreach (RecordedRange range in ranges)
        {
            if (!OriginPath.TryParse(range.Path.Span, out OriginPath path) || range.Length == 0
                || range.Offset > long.MaxValue - Math.Min(range.Length, long.MaxValue))
            {
                status = GrpcStatus.Invalid($"{range.Path.ToStringUtf8()}, {range.Length} bytes from {range.Offset}: not a piece of a file");
                return false;
            }
            read.Add(new FetchedRange(volume.Name, path, (long)range.Offset, (long)Math.Min(range.Length, long.MaxValue)));
        }
        status = GrpcStatus.Ok;
        return true;
    }

    private async ValueTask<GrpcStatus> RunAsync(List<Part> parts, ReplyStream replies, CancellationToken cancel)
    {
        long start = time.GetTimestamp();
        var before = new PrefetchProgress();
        var sum = before;
        foreach (Part part in parts)
        {
            await foreach (VolumeProgress progress in part.Run(cancel))
            {
                sum = Sum(before, progress, part.Volume.Name, isLast: part == parts[^1]);
                sum.ElapsedMs = (ulong)time.GetElapsedTime(start).TotalMilliseconds;
                await replies.SendAsync(sum, cancel);
            }
            before = sum;
        }
        return GrpcStatus.Ok;
    }

    private static PrefetchProgress Sum(PrefetchProgress before, VolumeProgress progress, string volume, bool isLast) => new()
    {
        Files = before.Files + (ulong)progress.FilesTotal,
        FilesDone = before.FilesDone + (ulong)progress.FilesDone,
        Bytes = before.Bytes + (ulong)progress.BytesTotal,
        BytesDone = before.BytesDone + (ulong)progress.BytesDone,
        Failed = before.Failed + (ulong)progress.Failed,
        LastErrno = progress.LastErrno != 0 ? (uint)progress.LastErrno : before.LastErrno,
        LastError = progress.LastErrno != 0 ? progress.LastErrno.ToString() : before.LastError,
        Current = Messages.Bytes(progress.Current),
        Volume = volume,
        Listed = isLast && progress.Walked,
        Finished = isLast && progress.Finished,
    };

    /// <summary>One enumeration of one volume's.</summary>
    private sealed record Part(IVolumeAdmin Volume, Func<CancellationToken, IAsyncEnumerable<VolumeProgress>> Run);
}
