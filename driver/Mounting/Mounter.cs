using Nnpfs.Posix;

namespace Nnpfs.Driver.Mounting;

/// <summary>Makes a mount: mount(2) as root, fusermount3 otherwise. Knows nothing of what is served.</summary>
internal static class Mounter
{
    private const string Subtype = "nnpfs";
    private const string Type = "fuse." + Subtype;

    /// <param name="options">what and how</param>
    /// <param name="mountPoint">resolved and checked</param>
    /// <param name="mount">with its device, from which INIT is to be read at once</param>
    /// <returns>null, or why not and what to do about it</returns>
    public static Failure? Mount(MountOptions options, string mountPoint, out ActiveMount? mount)
    {
        FuseDevice? device;
        Failure? failure = Privileges.IsRoot ? MountDirectly(options, mountPoint, out device) : MountByHelper(options, mountPoint, out device);
        mount = device is null ? null : new ActiveMount(device, mountPoint);
        return failure;
    }

    private static Failure? MountDirectly(MountOptions options, string mountPoint, out FuseDevice? device)
    {
        if (!FuseDevice.Open().TryGet(out device, out Errno errno))
            return new(ExitStatus.System, ExplainDevice(errno));
        string data = $"fd={device.Number},rootmode=40000,user_id={Privileges.User},group_id={Privileges.Group},default_permissions"
            + (options.AllowOther ?? true ? ",allow_other" : "");
        MountFlags flags = MountFlags.ReadOnly | MountFlags.NoSuid | MountFlags.NoDev | MountFlags.NoAtime
            | (options.NoExec ? MountFlags.NoExec : MountFlags.None);
        errno = Mounts.Mount(options.Source, mountPoint, Type, flags, data);
        if (errno == 0)
            return null;
        device.Dispose();
        device = null;
        return new(ExitStatus.Mount, ExplainMount(mountPoint, errno));
    }

    private static Failure? MountByHelper(MountOptions options, string mountPoint, out FuseDevice? device)
    {
        device = null;
        if (!File.Exists(FuseDevice.Path))
            return new(ExitStatus.System, ExplainDevice(Errno.ENOENT));
        // A comma or a backslash in the name would end the option; fusermount3 takes them escaped.
        string source = options.Source.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);
        string text = $"ro,nosuid,nodev,noatime,fsname={source},subtype={Subtype},default_permissions"
            + (options.NoExec ? ",noexec" : "") + (options.AllowOther ?? false ? ",allow_other" : "");
        return Fusermount.Mount(mountPoint, text, out device);
    }

    private static string ExplainDevice(Errno errno) => errno switch
    {
        Errno.ENOENT or Errno.ENODEV or Errno.ENXIO =>
            $"{FuseDevice.Path} is not there: load the module with modprobe fuse; a container must be given the device (--device {FuseDevice.Path})",
        Errno.EACCES or Errno.EPERM =>
            $"{FuseDevice.Path} may not be opened: run as root; a container must be given the device (--device {FuseDevice.Path})",
        _ => $"{FuseDevice.Path} cannot be opened: {errno}",
    };

    private static string ExplainMount(string mountPoint, Errno errno) => errno switch
    {
        Errno.EPERM => $"cannot mount on {mountPoint}: root without CAP_SYS_ADMIN may not; a container must be given it (--cap-add SYS_ADMIN)",
        Errno.ENODEV => "the kernel has no FUSE: load the module with modprobe fuse",
        _ => $"cannot mount on {mountPoint}: {errno}",
    };
}
