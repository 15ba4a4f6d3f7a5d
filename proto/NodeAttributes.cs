using Nnpfs.Proto.Channel;

namespace Nnpfs.Proto;

/// <summary>A node's attributes as both sides keep them: small, checked, and equal when nothing changed.</summary>
/// <param name="Size">bytes of a file's content, or of a symlink's target; 0 of a directory</param>
/// <param name="MtimeNs">nanoseconds since the epoch</param>
/// <param name="CtimeNs">nanoseconds since the epoch</param>
/// <param name="Links">st_nlink</param>
/// <param name="Uid">st_uid</param>
/// <param name="Gid">st_gid</param>
/// <param name="Device">st_rdev of a device</param>
/// <param name="Permissions">the low 12 bits of st_mode</param>
/// <param name="Kind">never unspecified in a checked value</param>
public readonly record struct NodeAttributes(
    long Size, long MtimeNs, long CtimeNs, uint Links, uint Uid, uint Gid, uint Device, ushort Permissions, Kind Kind)
{
    public const int MaxPermissions = 0xFFF;

    /// <summary>Whether the kind is one of the enum's, and named.</summary>
    public static bool IsKind(Kind kind) => kind is > Kind.Unspecified and <= Kind.BlockDevice;

    /// <returns>false: a field is out of its range, or there is no message</returns>
    public static bool TryFrom(Attributes? message, out NodeAttributes attributes)
    {
        attributes = default;
        if (message is null || !IsKind(message.Kind) || message.Permissions > MaxPermissions || message.Size > long.MaxValue)
            return false;
        attributes = new NodeAttributes(
            (long)message.Size, message.MtimeNs, message.CtimeNs, message.Links, message.Uid, message.Gid, message.Device,
            (ushort)message.Permissions, message.Kind);
        return true;
    }

    public Attributes ToMessage() => new()
    {
        Kind = Kind,
        Permissions = Permissions,
        Links = Links,
        Uid = Uid,
        Gid = Gid,
        Size = (ulong)Size,
        MtimeNs = MtimeNs,
        CtimeNs = CtimeNs,
        Device = Device,
    };
}
