using System.Globalization;
using System.Text;

namespace Nnpfs.Posix;

/// <summary>One loop device, open: a block device whose content is a file. Knows nothing of what the file holds.</summary>
/// <remarks>SOURCE: loop(4), linux/loop.h.</remarks>
public sealed unsafe class LoopDevice : IDisposable
{
    private const string Control = "/dev/loop-control", Prefix = "/dev/loop";
    private const nuint Clear = 0x4C01, GetStatus = 0x4C05, ChangeFile = 0x4C06, SetDirect = 0x4C08, Configure = 0x4C0A, GetFree = 0x4C82;
    private const uint ReadOnly = 1, DirectIo = 16; // LO_FLAGS_*
    private const int MaxName = 63;

    private readonly SafeFd _fd;

    private LoopDevice(SafeFd fd, int number) => (_fd, Number) = (fd, number);

    /// <summary>N of /dev/loopN.</summary>
    public int Number { get; }

    public string Path => PathOf(Number);

    public static string PathOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}");

    /// <returns>N of /dev/loopN; null for what is not written so</returns>
    public static int? NumberOf(string path) =>
        path.StartsWith(Prefix, StringComparison.Ordinal)
        && int.TryParse(path.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    /// <summary>A device that nobody uses, made where there is none. Somebody may be quicker: then <see cref="Attach"/> is EBUSY.</summary>
    /// <returns>ENOENT, ENODEV: the kernel has no loop devices; EACCES, EPERM: not root</returns>
    public static Result<int> FindFree()
    {
        if (!Files.Open(Control, OpenModes.ReadWrite).TryGet(out SafeFd? control, out Errno errno))
            return errno;
        using (control)
        {
            int number = Libc.ioctl_number(control, GetFree, 0);
            return number >= 0 ? number : Files.LastErrno();
        }
    }

    /// <returns>ENOENT, ENXIO: there is no such device; EACCES</returns>
    public static Result<LoopDevice> Open(int number) =>
        Files.Open(PathOf(number), OpenModes.ReadOnly).TryGet(out SafeFd? fd, out Errno errno) ? new LoopDevice(fd, number) : errno;

    /// <summary>Gives the device its file, for reading alone.</summary>
    /// <param name="file">open for reading; the device keeps an opening of its own</param>
    /// <param name="settings">how it is shown</param>
    /// <returns>EBUSY: it has one; EINVAL: the kernel is older than 5.8, or refuses the sector size</returns>
    public Errno Attach(SafeFd file, LoopSettings settings)
    {
        Libc.LoopConfig config = default;
        config.File = (uint)file.Number;
        config.BlockSize = (uint)settings.SectorSize;
        config.Info.SizeLimit = (ulong)settings.Size;
        config.Info.Flags = ReadOnly | (settings.DirectIo ? DirectIo : 0);
        byte[] name = Encoding.UTF8.GetBytes(settings.Label);
        name.AsSpan(0, Math.Min(name.Length, MaxName)).CopyTo(new Span<byte>(config.Info.FileName, MaxName));
        // SAFETY: the kernel reads a struct of the size that it defines; the caller keeps the file open for the call.
        Errno errno = Libc.ioctl_loop(_fd, Configure, &config) == 0 ? 0 : Files.LastErrno();
        GC.KeepAlive(file);
        return errno;
    }

    /// <summary>Takes the file away: at once, or, where others have the device open, when the last of them closes it.</summary>
    /// <returns>zero; ENXIO: it has none</returns>
    public Errno Detach() => Call(Clear, 0);

    /// <summary>Puts another file of the same content in place of the device's, while it is used.</summary>
    /// <returns>EINVAL: the sizes differ, or the device is not read-only</returns>
    public Errno Change(SafeFd file)
    {
        Errno errno = Call(ChangeFile, file.Number);
        GC.KeepAlive(file);
        return errno;
    }

    /// <summary>Whether the device reads its file past the page cache.</summary>
    public Errno SetDirectIo(bool isDirect) => Call(SetDirect, isDirect ? 1 : 0);

    /// <summary>What the device has.</summary>
    /// <returns>ENXIO: no file</returns>
    public Result<LoopFile> File()
    {
        Libc.LoopInfo info;
        // SAFETY: the kernel fills a struct of the size that it defines.
        return Libc.ioctl_loop(_fd, GetStatus, &info) == 0 ? new LoopFile(info.Device, info.Inode) : Files.LastErrno();
    }

    public void Dispose() => _fd.Dispose();

    private Errno Call(nuint request, nint argument) => Libc.ioctl_number(_fd, request, argument) == 0 ? 0 : Files.LastErrno();
}

/// <param name="Size">bytes of the device; the file has at least as many</param>
/// <param name="SectorSize">512 or 4096</param>
/// <param name="Label">for people; cut to 63 bytes</param>
/// <param name="DirectIo">reads of the file pass the page cache, and do not wait for each other</param>
public sealed record LoopSettings(long Size, int SectorSize, string Label, bool DirectIo);

/// <summary>Names the file of a loop device, as the kernel tells it.</summary>
/// <param name="Device">of the file's filesystem, in the kernel's encoding of 64 bits</param>
/// <param name="Inode">within it</param>
public readonly record struct LoopFile(ulong Device, ulong Inode)
{
    /// <summary>The name that the kernel gives to an open file.</summary>
    public static Result<LoopFile> Of(SafeFd file)
    {
        if (!Directories.FactsOf(file).TryGet(out FileFacts facts, out Errno errno))
            return errno;
        // SOURCE: huge_encode_dev, linux/kdev_t.h: as stat(2) encodes it.
        uint major = (uint)(facts.Filesystem >> 32), minor = (uint)facts.Filesystem;
        return new LoopFile((minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12), facts.Inode);
    }
}
