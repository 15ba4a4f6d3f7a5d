namespace Nnpfs.Posix;

/// <summary>/dev/fuse, open. Knows no request and no reply: only how their bytes come and go.</summary>
/// <remarks>Never hand its descriptor to a poller before it is mounted: newer kernels then hang the mount. SOURCE: fuse(4).</remarks>
public sealed unsafe class FuseDevice : IFuseDevice, IBackingDevice
{
    public const string Path = "/dev/fuse";

    private const nuint CloneRequest = 0x8004e500; // FUSE_DEV_IOC_CLONE: _IOR(229, 0, uint32_t)
    private const nuint BackingOpenRequest = 0x4010e501;  // FUSE_DEV_IOC_BACKING_OPEN: _IOW(229, 1, struct fuse_backing_map)
    private const nuint BackingCloseRequest = 0x4004e502; // FUSE_DEV_IOC_BACKING_CLOSE: _IOW(229, 2, uint32_t)

    private readonly SafeFd _fd;

    private FuseDevice(SafeFd fd) => _fd = fd;

    /// <returns>ENOENT, ENODEV: the kernel has no FUSE (module not loaded, or the container hides it); EACCES, EPERM: not allowed to use it</returns>
    public static Result<FuseDevice> Open()
    {
        if (!Files.Open(Path, OpenModes.ReadWrite).TryGet(out SafeFd? fd, out Errno errno))
            return errno;
        return new FuseDevice(fd);
    }

    /// <summary>Takes over a descriptor of /dev/fuse that fusermount3 has mounted.</summary>
    public static FuseDevice Adopt(SafeFd fd) => new(fd);

    /// <summary>For the fd= option of mount(2).</summary>
    public int Number => _fd.Number;

    /// <summary>For handing it to another process. Stays ours.</summary>
    public SafeFd Descriptor => _fd;

    public Result<IFuseDevice> Clone()
    {
        if (!Open().TryGet(out FuseDevice? clone, out Errno errno))
            return errno;
        uint original = (uint)_fd.Number;
        // SAFETY: the kernel reads four bytes, which are on our stack; _fd is open for as long as this object is.
        if (Libc.ioctl(clone._fd, CloneRequest, &original) == 0)
            return clone;
        errno = Files.LastErrno();
        clone.Dispose();
        return errno;
    }

    public Result<int> Read(Span<byte> buffer)
    {
        while (true)
        {
            nint count;
            // SAFETY: the kernel writes at most the length passed, which is the span's own.
            fixed (byte* start = buffer)
                count = Libc.read(_fd, start, (nuint)buffer.Length);
            if (count >= 0)
                return (int)count;
            // ENOENT: the request was interrupted before we took it; the next one may be there.
            if (Files.LastErrno() is var errno && errno is not (Errno.EINTR or Errno.ENOENT or Errno.EAGAIN))
                return errno;
        }
    }

    public Errno Write(ReadOnlySpan<byte> message)
    {
        while (true)
        {
            nint count;
            // SAFETY: the kernel reads at most the length passed, which is the span's own.
            fixed (byte* start = message)
                count = Libc.write(_fd, start, (nuint)message.Length);
            if (count >= 0)
                return 0; // whole or not at all
            if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
    }

    public Errno Write(ReadOnlySpan<byte> front, ReadOnlySpan<byte> rest)
    {
        Libc.IoVector* vectors = stackalloc Libc.IoVector[2];
        while (true)
        {
            nint count;
            // SAFETY: both pieces stay where they are for the call, and each length is its span's own.
            fixed (byte* first = front, second = rest)
            {
                vectors[0] = new Libc.IoVector { Base = first, Length = (nuint)front.Length };
                vectors[1] = new Libc.IoVector { Base = second, Length = (nuint)rest.Length };
                count = Libc.writev(_fd, vectors, 2);
            }
            if (count >= 0)
                return 0;
            if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
    }

    public Result<int> OpenBacking(SafeFd file)
    {
        int* map = stackalloc int[4] { file.Number, 0, 0, 0 }; // struct fuse_backing_map: fd, flags, 8 unused bytes
        // SAFETY: the kernel reads 16 bytes, which are on our stack; the caller keeps the file open for the call.
        int id = Libc.ioctl(_fd, BackingOpenRequest, (uint*)map);
        GC.KeepAlive(file);
        return id > 0 ? id : Files.LastErrno();
    }

    public Errno CloseBacking(int id)
    {
        uint number = (uint)id;
        // SAFETY: the kernel reads four bytes, which are on our stack.
        return Libc.ioctl(_fd, BackingCloseRequest, &number) == 0 ? 0 : Files.LastErrno();
    }

    public Result<FuseRing> OpenRing(IReadOnlyList<ushort> queues, int payload) => FuseRing.Create(_fd, queues, payload);

    public void Dispose() => _fd.Dispose();
}
