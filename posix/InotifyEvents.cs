namespace Nnpfs.Posix;

/// <summary>What inotify can tell of. SOURCE: inotify(7), sys/inotify.h.</summary>
[Flags]
public enum InotifyEvents : uint
{
    None = 0,
    Modify = 0x2,
    Attributes = 0x4,
    CloseWrite = 0x8,
    MovedFrom = 0x40,
    MovedTo = 0x80,
    Create = 0x100,
    Delete = 0x200,
    DeleteSelf = 0x400,
    MoveSelf = 0x800,

    /// <summary>The filesystem was unmounted.</summary>
    Unmount = 0x2000,

    /// <summary>Events were lost: nothing is certain any more.</summary>
    Overflow = 0x4000,

    /// <summary>The watch is gone; its number may be used again.</summary>
    Ignored = 0x8000,

    OnlyDirectory = 0x1000000,
    DoNotFollow = 0x2000000,
    IsDirectory = 0x40000000,
}
