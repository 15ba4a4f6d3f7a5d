using Google.Protobuf;
using Nnpfs.Posix;
using Nnpfs.Proto.Channel;

namespace Nnpfs.Proto;

/// <summary>An envelope to the bytes of one packet, and back. Whatever the bytes are, it answers and does not throw.</summary>
public static class EnvelopeCodec
{
    /// <summary>The largest packet, in bytes.</summary>
    public const int MaxPacket = SeqpacketSocket.MaxPacket;

    /// <returns>bytes written; EMSGSIZE: more than <see cref="MaxPacket"/>, or than the buffer holds</returns>
    public static Result<int> Encode(Envelope envelope, Span<byte> packet)
    {
        int size = envelope.CalculateSize();
        if (size == 0 || size > Math.Min(packet.Length, MaxPacket))
            return Errno.EMSGSIZE;
        envelope.WriteTo(packet[..size]);
        return size;
    }

    /// <returns>an envelope with a body; EPROTO: not one</returns>
    public static Result<Envelope> Decode(ReadOnlySpan<byte> packet)
    {
        try
        {
            Envelope envelope = Envelope.Parser.ParseFrom(packet);
            return envelope.BodyCase == Envelope.BodyOneofCase.None ? Errno.EPROTO : envelope;
        }
        catch (InvalidProtocolBufferException)
        {
            return Errno.EPROTO;
        }
    }
}
