namespace Nnpfs.Posix;

/// <summary>A mount that has no place in any tree: whoever has its descriptor can open what is in it, and nobody else.</summary>
/// <remarks>It ends with the last file that is open in it. SOURCE: fsopen(2), fsconfig(2), fsmount(2), Linux 5.2.</remarks>
public static class DetachedMount
{
    private const nint SysFsopen = 430, SysFsconfig = 431, SysFsmount = 432; // the same numbers on every architecture
    private const uint CloseOnExec = 1, SetFlag = 0, SetString = 1, Create = 6; // FSOPEN_CLOEXEC, FSCONFIG_*
    private const uint ReadOnly = 1, NoSuid = 2, NoDev = 4, NoExec = 8;         // MOUNT_ATTR_*

    /// <summary>Makes one, read-only, without set-user-id, devices and programs.</summary>
    /// <param name="type">"fuse"</param>
    /// <param name="options">the file system's own</param>
    /// <returns>its root, as a path: <see cref="Files.Reopen"/> opens it. EPERM: not root; ENODEV: no such type; EINVAL: an option</returns>
    public static Result<SafeFd> Make(string type, IEnumerable<KeyValuePair<string, string>> options)
    {
        nint opened = Libc.fsopen(SysFsopen, type, CloseOnExec);
        if (opened < 0)
            return Files.LastErrno();
        using var context = new SafeFd((int)opened);
        foreach ((string key, string value) in options)
        {
            if (Libc.fsconfig(SysFsconfig, context, SetString, key, value, 0) != 0)
                return Files.LastErrno();
        }
        if (Libc.fsconfig(SysFsconfig, context, SetFlag, "ro", null, 0) != 0 || Libc.fsconfig(SysFsconfig, context, Create, null, null, 0) != 0)
            return Files.LastErrno();
        nint mount = Libc.fsmount(SysFsmount, context, CloseOnExec, ReadOnly | NoSuid | NoDev | NoExec);
        return mount >= 0 ? new SafeFd((int)mount) : Files.LastErrno();
    }
}
