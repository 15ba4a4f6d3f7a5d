using Google.Protobuf;
using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Daemon.Volumes;
using Nnpfs.Proto.Admin;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Daemon.Admin.Handlers;

/// <summary>StartRecording and StopRecording.</summary>
internal sealed class RecordingHandlers(FetchRecorder recorder)
{
    private const int RangesPerReply = 1000;

    public ValueTask<Outcome<StartRecordingReply>> StartAsync(StartRecordingRequest request, CancellationToken cancel)
    {
        recorder.Start();
        return ValueTask.FromResult<Outcome<StartRecordingReply>>(new StartRecordingReply());
    }

    public async ValueTask<GrpcStatus> StopAsync(StopRecordingRequest request, ReplyStream replies, CancellationToken cancel)
    {
        if (recorder.Stop(out bool isFull) is not { } ranges)
            return new GrpcStatus(GrpcCode.FailedPrecondition, "nothing is being recorded; nnpfsctl record start begins it");
        foreach (FetchedRange[] some in ranges.Chunk(RangesPerReply).DefaultIfEmpty([]))
            await replies.SendAsync(new StopRecordingReply { Full = isFull, Ranges = { some.Select(Message) } }, cancel);
        return GrpcStatus.Ok;
    }

    private static RecordedRange Message(FetchedRange range) => new()
    {
        Volume = range.Volume,
        Path = ByteString.CopyFrom(range.Path.Bytes),
        Offset = (ulong)range.Offset,
        Length = (ulong)range.Length,
    };
}
