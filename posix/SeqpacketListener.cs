namespace Nnpfs.Posix;

/// <summary>A listening SOCK_SEQPACKET Unix socket. Its name is gone when it is disposed.</summary>
public sealed unsafe class SeqpacketListener : IDisposable
{
    private const int CloseOnExec = 0x80000;

    private readonly SeqpacketSocket _socket;
    private readonly string? _path; // null: an abstract name

    private SeqpacketListener(SeqpacketSocket socket, string? path) => (_socket, _path) = (socket, path);

    /// <summary>Binds and listens at <paramref name="path"/>; a stale socket that nobody listens on is replaced.</summary>
    /// <param name="path">at most 107 bytes</param>
    /// <param name="mode">permission bits of the name: who may connect needs write</param>
    /// <param name="backlog">connections that may wait for <see cref="Accept"/></param>
    /// <returns>EADDRINUSE: somebody listens there already; EACCES, ENOENT, ENAMETOOLONG</returns>
    public static Result<SeqpacketListener> Listen(string path, uint mode, int backlog = 64)
    {
        if (!SeqpacketSocket.TryAddress(path, out Libc.SocketAddress address))
            return Errno.ENAMETOOLONG;
        if (RemoveStale(path) is var stale && stale != 0)
            return stale;
        if (!SeqpacketSocket.New().TryGet(out SeqpacketSocket? socket, out Errno errno))
            return errno;
        // fchmod before bind: the name is never there with more permissions than asked; chmod after: nor with fewer (umask).
        // SAFETY: the address is on our stack and its size is the one passed.
        if (Libc.fchmod(socket.Fd, mode) != 0
            || Libc.bind(socket.Fd, &address, (uint)sizeof(Libc.SocketAddress)) != 0
            || Libc.chmod(path, mode) != 0
            || Libc.listen(socket.Fd, backlog) != 0)
        {
            errno = Files.LastErrno();
            socket.Dispose();
            return errno;
        }
        return new SeqpacketListener(socket, path);
    }

    /// <summary>Listens at a name of the abstract namespace, which has no place in a file system and ends with the socket. It never waits:
    /// <see cref="Accept"/> answers EAGAIN.</summary>
    /// <param name="name">at most 107 bytes; anybody in the same network namespace may connect</param>
    /// <param name="backlog">connections that may wait for <see cref="Accept"/></param>
    /// <returns>EADDRINUSE: somebody has it; ENAMETOOLONG</returns>
    public static Result<SeqpacketListener> ListenAbstract(string name, int backlog)
    {
        if (!SeqpacketSocket.TryAddress(name, out Libc.SocketAddress address, isAbstract: true))
            return Errno.ENAMETOOLONG;
        if (!SeqpacketSocket.New(nonBlocking: true).TryGet(out SeqpacketSocket? socket, out Errno errno))
            return errno;
        // SAFETY: the address is on our stack; its length covers the family, the leading NUL and the name, which are in it.
        if (Libc.bind(socket.Fd, &address, SeqpacketSocket.LengthOf(name)) == 0 && Libc.listen(socket.Fd, backlog) == 0)
            return new SeqpacketListener(socket, null);
        errno = Files.LastErrno();
        socket.Dispose();
        return errno;
    }

    /// <summary>Waits for a connection, unless its name is abstract.</summary>
    /// <returns>EAGAIN: there is none now; EINVAL: after <see cref="Shutdown"/>; EMFILE or ENFILE: no descriptors left, try later</returns>
    public Result<SeqpacketSocket> Accept()
    {
        while (true)
        {
            int fd = Libc.accept4(_socket.Fd, null, null, CloseOnExec);
            if (fd >= 0)
                return SeqpacketSocket.Adopt(fd);
            if (Files.LastErrno() is var errno && errno is not (Errno.EINTR or Errno.ECONNABORTED))
                return errno;
        }
    }

    /// <summary>Wakes a blocked <see cref="Accept"/>; none succeeds any more.</summary>
    public void Shutdown() => _socket.Shutdown();

    public void Dispose()
    {
        if (_path is not null)
            _ = Libc.unlink(_path);
        _socket.Shutdown();
        _socket.Dispose();
    }

    private static Errno RemoveStale(string path)
    {
        Result<SeqpacketSocket> other = SeqpacketSocket.Connect(path);
        if (other.IsOk)
        {
            other.Value.Dispose();
            return Errno.EADDRINUSE;
        }
        // A connect to a plain file is refused as well, but only a socket cannot be opened (ENXIO).
        if (other.Errno == Errno.ECONNREFUSED && IsSocket(path))
            _ = Libc.unlink(path);
        return 0;
    }

    private static bool IsSocket(string path)
    {
        Result<SafeFd> opened = Files.Open(path, OpenModes.ReadOnly | OpenModes.NonBlock);
        if (opened.IsOk)
            opened.Value.Dispose();
        return opened.Errno == Errno.ENXIO;
    }
}
