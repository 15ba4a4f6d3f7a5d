using System.CommandLine;
using Nnpfs.Driver.Mounting;
using Nnpfs.Posix;

namespace Nnpfs.Driver.Commands;

/// <summary>nnpfs umount: takes a mount out of the tree, a dead one as well; its driver then ends by itself.</summary>
internal static class UmountCommand
{
    private const string Type = "fuse.nnpfs";

    public static Command Build()
    {
        var mountPoint = new Argument<string>("MOUNTPOINT") { Description = "Where the volume is mounted" };
        var lazily = new Option<bool>("-l", "--lazy") { Description = "Also while it is used, and when its driver is dead" };
        var forced = new Option<bool>("-f", "--force") { Description = "Now: all that waits for it fails, and what is open in it is of no use any more" };
        var command = new Command("umount", "Unmounts a volume. Its driver ends by itself.") { mountPoint, lazily, forced };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(mountPoint), parsed.GetValue(lazily), parsed.GetValue(forced)));
        return command;
    }

    private static int Run(string path, bool lazily, bool forced)
    {
        // Not resolved through the file system: that of a dead mount cannot be.
        string mountPoint = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        MountEntry? entry = MountEntry.At(mountPoint);
        if (entry is null)
            return Fail(ExitStatus.Mount, $"nothing is mounted on {path}");
        if (entry.Type != Type)
            return Fail(ExitStatus.Usage, $"{path} is not a mount of nnpfs but of {entry.Source} ({entry.Type}); use umount(8)");
        return (forced ? Unmounter.Force(entry) : Unmounter.Unmount(mountPoint, lazily)) switch
        {
            0 => ExitStatus.Success,
            Errno.EBUSY => Fail(ExitStatus.Mount, $"{path} is busy: somebody has something open in it, or is in it (see: fuser -vm {path}); -l detaches it all the same, -f ends its use as well"),
            Errno.EPERM or Errno.EACCES => Fail(ExitStatus.Usage, $"{path}: only root and the user who mounted it may unmount it"),
            Errno.ENOENT => Fail(ExitStatus.Mount, $"{path} cannot be ended by force: as root, mount -t fusectl none /sys/fs/fuse/connections"),
            var errno => Fail(ExitStatus.Mount, $"cannot unmount {path}: {errno}"),
        };
    }

    private static int Fail(int status, string message)
    {
        Console.Error.WriteLine($"nnpfs: {message}");
        return status;
    }
}
