namespace Nnpfs.Posix;

/// <summary>Who this process is. SOURCE: geteuid(2).</summary>
public static class Identity
{
    public static uint User => Libc.geteuid();

    public static uint Group => Libc.getegid();

    public static bool IsRoot => User == 0;
}
