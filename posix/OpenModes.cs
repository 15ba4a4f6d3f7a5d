namespace Nnpfs.Posix;

/// <summary>Flags of open(2), Linux on x86-64 and arm64 where both agree.</summary>
[Flags]
public enum OpenModes
{
    ReadOnly = 0,
    WriteOnly = 1,
    ReadWrite = 2,
    Create = 0x40,
    Exclusive = 0x80,
    Truncate = 0x200,
    Append = 0x400,
    NonBlock = 0x800,
    CloseOnExec = 0x80000,
    Path = 0x200000,
}
