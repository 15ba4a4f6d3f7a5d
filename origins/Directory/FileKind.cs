namespace Nnpfs.Origins.Directory;

/// <summary>The types of st_mode and of d_type.</summary>
internal static class FileKind
{
    /// <returns>null for a type that Linux does not have</returns>
    internal static OriginKind? Of(uint mode) => ((mode >> 12) & 0xF) switch
    {
        1 => OriginKind.Fifo,
        2 => OriginKind.CharacterDevice,
        4 => OriginKind.Directory,
        6 => OriginKind.BlockDevice,
        8 => OriginKind.File,
        10 => OriginKind.Symlink,
        12 => OriginKind.Socket,
        _ => null,
    };

    /// <remarks>d_type is st_mode's type field; 0 = the filesystem does not tell.</remarks>
    internal static OriginKind? OfEntry(byte type) => Of((uint)type << 12);
}
