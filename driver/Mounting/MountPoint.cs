using Nnpfs.Posix;

namespace Nnpfs.Driver.Mounting;

/// <summary>The directory to mount on, looked at before anything is done.</summary>
internal static class MountPoint
{
    /// <param name="path">as the user wrote it</param>
    /// <param name="allowNonEmpty">hide what is in it</param>
    /// <param name="resolved">absolute, without symlinks</param>
    /// <returns>null, or why nothing can be mounted there</returns>
    public static Failure? Check(string path, bool allowNonEmpty, out string resolved)
    {
        resolved = "";
        if (!Files.Open(path, OpenModes.Path).TryGet(out SafeFd? place, out Errno errno))
            return new(ExitStatus.Mount, Explain(path, errno));
        using (place)
            resolved = new FileInfo($"/proc/self/fd/{place.Number}").LinkTarget ?? Path.GetFullPath(path);
        if (MountEntry.At(resolved) is { } mount)
            return new(ExitStatus.Mount, Occupied(resolved, mount));
        if (!Directory.Exists(resolved))
            return new(ExitStatus.Mount, $"{path} is not a directory; a mount point is one");
        if (!allowNonEmpty && Directory.EnumerateFileSystemEntries(resolved, "*", Listing).Any())
            return new(ExitStatus.Mount, $"{path} is not empty: mounting would hide what is in it. Choose an empty directory, or say -o nonempty");
        return null;
    }

    private static readonly EnumerationOptions Listing = new() { IgnoreInaccessible = true, AttributesToSkip = 0 };

    private static string Explain(string path, Errno errno) => errno switch
    {
        Errno.ENOENT => $"mount point {path} does not exist; make it with: mkdir -p {path}",
        Errno.ENOTDIR => $"{path}: something on the way to it is not a directory",
        Errno.EACCES => $"{path}: no permission to reach it",
        Errno.ENOTCONN => $"{path} is, or is beneath, a dead mount; clear it with: nnpfs umount -l {path}",
        _ => $"{path} cannot be used: {errno}",
    };

    private static string Occupied(string path, MountEntry mount)
    {
        if (!mount.Type.StartsWith("fuse", StringComparison.Ordinal))
            return $"{path} is busy: {mount.Source} ({mount.Type}) is mounted there";
        // Opening the root of a FUSE mount whose server has died fails with this, and nothing else does.
        Errno errno = 0;
        if (Files.Open(path, OpenModes.ReadOnly | OpenModes.NonBlock).TryGet(out SafeFd? root, out errno))
            root.Dispose();
        return errno == Errno.ENOTCONN
            ? $"{path} holds a dead mount of {mount.Source}: its driver is gone; clear it with: nnpfs umount -l {path}"
            : $"{path} is busy: {mount.Source} is mounted there already; unmount it with: umount {path}";
    }
}
