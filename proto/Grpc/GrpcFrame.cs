using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;

namespace Nnpfs.Proto.Grpc;

/// <summary>gRPC's length-prefixed messages: one byte that says whether it is compressed, four of length (big endian), the message.</summary>
/// <remarks>SOURCE: gRPC's doc/PROTOCOL-HTTP2.md, "Length-Prefixed-Message". Compression is never negotiated here.</remarks>
public static class GrpcFrame
{
    public const int HeaderLength = 5;

    /// <summary>Cuts one message off the front of what has arrived.</summary>
    /// <param name="buffer">loses the frame when there is a whole one, else stays as it is</param>
    /// <param name="maxLength">bytes that a message may have</param>
    /// <param name="message">the message's bytes, within the buffer</param>
    public static FrameState TryTake(ref ReadOnlySequence<byte> buffer, int maxLength, out ReadOnlySequence<byte> message)
    {
        message = default;
        if (buffer.Length < HeaderLength)
            return FrameState.NeedsMore;
        Span<byte> header = stackalloc byte[HeaderLength];
        buffer.Slice(0, HeaderLength).CopyTo(header);
        if (header[0] == 1)
            return FrameState.Compressed;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (header[0] != 0)
            return FrameState.Malformed;
        if (length > (uint)maxLength)
            return FrameState.TooLarge;
        if (buffer.Length < HeaderLength + length)
            return FrameState.NeedsMore;
        message = buffer.Slice(HeaderLength, length);
        buffer = buffer.Slice(message.End);
        return FrameState.Whole;
    }

    /// <summary>Writes one message with its prefix. Nothing is flushed.</summary>
    public static void Write(IBufferWriter<byte> writer, IMessage message)
    {
        int length = message.CalculateSize();
        Span<byte> header = writer.GetSpan(HeaderLength);
        header[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], (uint)length);
        writer.Advance(HeaderLength);
        message.WriteTo(writer);
    }
}

/// <summary>What the front of a buffer holds.</summary>
public enum FrameState
{
    /// <summary>The beginning of a frame, or nothing.</summary>
    NeedsMore,

    /// <summary>One frame, which was cut off.</summary>
    Whole,

    /// <summary>A frame whose compressed flag is set: nobody asked for that.</summary>
    Compressed,

    /// <summary>A frame longer than the limit.</summary>
    TooLarge,

    /// <summary>No frame: its first byte is neither 0 nor 1.</summary>
    Malformed,
}
