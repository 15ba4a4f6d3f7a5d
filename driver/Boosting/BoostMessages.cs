using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Nnpfs.Driver.Boosting;

/// <summary>The one packet that a program sends: who it is from now on. Nothing else is ever read from it.</summary>
/// <remarks>struct boost_hello, booster/protocol.h, 24 bytes.</remarks>
internal static class BoostHello
{
    public const int Size = 24;

    /// <param name="packet">as received</param>
    /// <param name="secret">16 bytes that the program chose at random, and nobody else knows</param>
    public static bool TryRead(ReadOnlySpan<byte> packet, out UInt128 secret)
    {
        secret = 0;
        if (packet.Length != Size || BinaryPrimitives.ReadUInt32LittleEndian(packet) != BoostAsk.Version)
            return false;
        secret = BinaryPrimitives.ReadUInt128BigEndian(packet[8..]);
        return secret != 0;
    }
}

/// <summary>What a program asks for with the name of an attribute: a descriptor of the file whose attribute it is, sent to the socket whose
/// secret it knows. The kernel lets nobody ask who may not read the file.</summary>
/// <param name="Secret">of <see cref="BoostHello"/></param>
/// <param name="Tag">comes back with the descriptor</param>
/// <param name="Way">what will do, and what was done before</param>
internal readonly record struct BoostAsk(UInt128 Secret, ulong Tag, BoostWay Way)
{
    public const uint Version = 1;

    private const int SecretDigits = 32, TagDigits = 16;

    /// <param name="name">of an attribute: "user.nnpfs.booster.1.SECRET.TAG", both in hex; behind it "+": parts will do; or "!":
    /// it stands for an open</param>
    /// <param name="ask">what it says</param>
    public static bool TryParse(ReadOnlySpan<byte> name, out BoostAsk ask)
    {
        ask = default;
        ReadOnlySpan<byte> prefix = "user.nnpfs.booster.1."u8;
        BoostWay way = name.EndsWith("+"u8) ? BoostWay.TakesParts : name.EndsWith("!"u8) ? BoostWay.IsOpen : BoostWay.Whole;
        if (way != BoostWay.Whole)
            name = name[..^1];
        if (name.Length != prefix.Length + SecretDigits + 1 + TagDigits || !name.StartsWith(prefix) || name[prefix.Length + SecretDigits] != '.')
            return false;
        if (!UInt128.TryParse(name.Slice(prefix.Length, SecretDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 secret)
            || !ulong.TryParse(name[^TagDigits..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong tag))
            return false;
        ask = new(secret, tag, way);
        return true;
    }
}

/// <summary>How a program asks.</summary>
internal enum BoostWay
{
    /// <summary>It has opened the file, and wants all of it.</summary>
    Whole,

    /// <summary>It has opened the file; a file with some of the pages will do, with their map.</summary>
    TakesParts,

    /// <summary>It has found the file and not opened it: what it gets is all of it, of the version that is current now.</summary>
    IsOpen,
}

/// <summary>What goes with a descriptor, and is the value of the attribute as well.</summary>
/// <remarks>struct boost_grant, booster/protocol.h, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct BoostGrant(uint Version, BoostOutcome Outcome, ulong Tag, ulong FileSize)
{
    public const int Size = 24;

    public BoostGrant(BoostOutcome outcome, in BoostAsk ask, long size)
        : this(BoostAsk.Version, outcome, ask.Tag, (ulong)size)
    {
    }
}
