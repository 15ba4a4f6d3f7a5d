using System.Buffers.Binary;
using System.Text;

namespace Nnpfs.Posix;

/// <summary>Tells of changes in directories that are watched. Never blocks.</summary>
/// <remarks>SOURCE: inotify(7).</remarks>
public sealed unsafe class Inotify : IDisposable
{
    private const int NonBlock = 0x800, CloseOnExec = 0x80000;
    private const int Header = 16; // wd 4, mask 4, cookie 4, len 4; the name follows, padded with NULs

    private readonly SafeFd _fd;
    private readonly byte[] _buffer = new byte[64 * 1024];

    private Inotify(SafeFd fd) => _fd = fd;

    /// <returns>EMFILE: too many inotify instances of this user, or too many open files</returns>
    public static Result<Inotify> Open()
    {
        int fd = Libc.inotify_init1(NonBlock | CloseOnExec);
        return fd >= 0 ? new Inotify(new SafeFd(fd)) : Files.LastErrno();
    }

    /// <summary>Watches what a descriptor is open on, through /proc: without resolving any path of it again.</summary>
    /// <returns>the watch's number, the same one for the same file; ENOSPC: no watches are left (fs.inotify.max_user_watches)</returns>
    public Result<int> Watch(SafeFd file, InotifyEvents events)
    {
        Span<byte> path = stackalloc byte[32];
        path[Encoding.ASCII.GetBytes($"/proc/self/fd/{file.Number}", path)] = 0;
        int watch;
        // SAFETY: the path is NUL-terminated on our stack.
        fixed (byte* start = path)
            watch = Libc.inotify_add_watch(_fd, start, (uint)events);
        return watch >= 0 ? watch : Files.LastErrno();
    }

    public Errno Unwatch(int watch) => Libc.inotify_rm_watch(_fd, watch) == 0 ? 0 : Files.LastErrno();

    /// <summary>Calls <paramref name="found"/> for every event that waits. One thread at a time.</summary>
    /// <returns>zero when there are no more for now</returns>
    public Errno Read(InotifyEventFound found)
    {
        while (true)
        {
            nint count;
            // SAFETY: the kernel writes at most the length passed, which is the array's.
            fixed (byte* start = _buffer)
                count = Libc.read(_fd, start, (nuint)_buffer.Length);
            if (count > 0)
                Cut(_buffer.AsSpan(0, (int)count), found);
            else if (count == 0)
                return 0;
            else if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno == Errno.EAGAIN ? 0 : errno;
        }
    }

    public void Dispose() => _fd.Dispose();

    private static void Cut(ReadOnlySpan<byte> events, InotifyEventFound found)
    {
        while (events.Length >= Header)
        {
            int watch = BinaryPrimitives.ReadInt32LittleEndian(events);
            uint mask = BinaryPrimitives.ReadUInt32LittleEndian(events[4..]);
            long length = Header + (long)BinaryPrimitives.ReadUInt32LittleEndian(events[12..]);
            if (length > events.Length)
                return;
            ReadOnlySpan<byte> name = events[Header..(int)length];
            int end = name.IndexOf((byte)0);
            found(watch, (InotifyEvents)mask, end < 0 ? name : name[..end]);
            events = events[(int)length..];
        }
    }
}

/// <param name="watch">-1 for an overflow</param>
/// <param name="events">what happened</param>
/// <param name="name">of the entry in the watched directory; empty: the directory itself; valid during the call</param>
public delegate void InotifyEventFound(int watch, InotifyEvents events, ReadOnlySpan<byte> name);
