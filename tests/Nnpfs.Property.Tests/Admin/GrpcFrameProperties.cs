using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Nnpfs.Proto.Admin;
using Nnpfs.Proto.Grpc;
using Nnpfs.TestKit;

namespace Nnpfs.Property.Tests.Admin;

public sealed class GrpcFrameProperties
{
    private const int Limit = 1 << 16;

    [Fact]
    public void Any_bytes_are_a_frame_or_none_and_never_an_exception() =>
        Prop.ForAll(Arb.From(ArbMap.Default.GeneratorFor<byte[]>()), bytes =>
        {
            var buffer = new ReadOnlySequence<byte>(bytes);
            FrameState state = GrpcFrame.TryTake(ref buffer, Limit, out ReadOnlySequence<byte> message);
            long taken = bytes.Length - buffer.Length;
            return state == FrameState.Whole ? taken == message.Length + GrpcFrame.HeaderLength : taken == 0;
        }).Check(Fuzz.Runs());

    [Fact]
    public void A_frame_is_read_back_however_it_is_cut() =>
        Prop.ForAll(Arb.From(ArbMap.Default.GeneratorFor<byte[]>()), Arb.From(Gen.Choose(0, int.MaxValue)), (bytes, seed) =>
        {
            var written = new ArrayBufferWriter<byte>();
            GrpcFrame.Write(written, new BugReportChunk { Data = ByteString.CopyFrom(bytes) });
            GrpcFrame.Write(written, new BugReportChunk());
            ReadOnlySequence<byte> buffer = Cut(written.WrittenMemory, seed);
            Assert.Equal(FrameState.Whole, GrpcFrame.TryTake(ref buffer, Limit, out ReadOnlySequence<byte> first));
            Assert.Equal(bytes, BugReportChunk.Parser.ParseFrom(first).Data.ToByteArray());
            Assert.Equal(FrameState.Whole, GrpcFrame.TryTake(ref buffer, Limit, out _));
            Assert.True(buffer.IsEmpty);
        }).Check(Fuzz.Runs());

    [Fact]
    public void A_frame_without_its_end_needs_more()
    {
        var written = new ArrayBufferWriter<byte>();
        GrpcFrame.Write(written, new BugReportChunk { Data = ByteString.CopyFrom(1, 2, 3) });
        for (int length = 0; length < written.WrittenCount; length++)
        {
            var buffer = new ReadOnlySequence<byte>(written.WrittenMemory[..length]);
            Assert.Equal(FrameState.NeedsMore, GrpcFrame.TryTake(ref buffer, Limit, out _));
        }
    }

    private static ReadOnlySequence<byte> Cut(ReadOnlyMemory<byte> bytes, int seed)
    {
        int middle = seed % (bytes.Length + 1);
        var first = new Segment(bytes[..middle], 0);
        Segment last = first.Append(bytes[middle..]);
        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
