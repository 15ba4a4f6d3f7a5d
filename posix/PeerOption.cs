namespace Nnpfs.Posix;

/// <summary>Reads SO_PEERCRED and SO_PEERGROUPS of a connected Unix socket.</summary>
internal static unsafe class PeerOption
{
    private const int SocketLevel = 1, PeerCred = 17, PeerGroups = 59;

    internal static Result<PeerCredentials> Read(SafeFd socket)
    {
        int* credentials = stackalloc int[3]; // struct ucred: pid, uid, gid
        uint length = 3 * sizeof(int);
        // SAFETY: getsockopt writes at most the length given.
        if (Libc.getsockopt(socket, SocketLevel, PeerCred, credentials, &length) != 0)
            return Files.LastErrno();
        Result<uint[]> groups = Groups(socket);
        if (!groups.IsOk)
            return groups.Errno;
        return new PeerCredentials(credentials[0], (uint)credentials[1], (uint)credentials[2], groups.Value);
    }

    private static Result<uint[]> Groups(SafeFd socket)
    {
        uint[] groups = new uint[32];
        while (true)
        {
            uint length = (uint)groups.Length * sizeof(uint);
            int failed;
            // SAFETY: getsockopt writes at most the length given, which is the array's.
            fixed (uint* start = groups)
                failed = Libc.getsockopt(socket, SocketLevel, PeerGroups, start, &length);
            if (failed == 0)
                return groups[..(int)(length / sizeof(uint))];
            if (Files.LastErrno() is var errno && errno != Errno.ERANGE)
                return errno;
            groups = new uint[(length / sizeof(uint)) + 1]; // the kernel told how many there are
        }
    }
}
