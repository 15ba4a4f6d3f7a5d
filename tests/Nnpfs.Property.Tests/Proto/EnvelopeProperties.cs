using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Nnpfs.Posix;
using Nnpfs.Proto;
using Nnpfs.Proto.Channel;
using Nnpfs.TestKit;

namespace Nnpfs.Property.Tests.Proto;

/// <summary>The channel's packets, at either end: any bytes are an envelope with a body, or EPROTO.</summary>
public sealed class EnvelopeProperties
{
    private static readonly Config Runs = Fuzz.Runs(2000);

    private static readonly byte[] Valid = new Envelope
    {
        Sequence = 7,
        InstallNode = new() { Parent = 1, Name = ByteString.CopyFromUtf8("name"), Node = new() { Id = 2, Version = 3, Attributes = new() { Kind = Kind.File, Size = 5 } } },
    }.ToByteArray();

    [Fact]
    public void Random_bytes_are_an_envelope_or_EPROTO() =>
        Check.One(Runs, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), IsEnvelopeOrEproto));

    [Fact]
    public void A_packet_with_a_flipped_byte_that_is_cut_anywhere_is_an_envelope_or_EPROTO() => Check.One(Runs, Prop.ForAll(
        Gen.Choose(0, Valid.Length - 1).Zip(Gen.Choose(1, 255)).Zip(Gen.Choose(0, Valid.Length)).ToArbitrary(),
        change =>
        {
            ((int place, int flip), int length) = change;
            byte[] packet = [.. Valid];
            packet[place] ^= (byte)flip;
            return IsEnvelopeOrEproto(packet[..length]);
        }));

    private static bool IsEnvelopeOrEproto(byte[] packet)
    {
        Result<Envelope> decoded = EnvelopeCodec.Decode(packet);
        return decoded.IsOk ? decoded.Value.BodyCase != Envelope.BodyOneofCase.None : decoded.Errno == Errno.EPROTO;
    }
}
