namespace Nnpfs.Posix;

/// <summary>pipe(2), and byte streams by descriptor.</summary>
public static unsafe class Pipes
{
    private const int CloseOnExec = 0x80000;

    /// <returns>both ends, close-on-exec</returns>
    public static Result<(SafeFd Reader, SafeFd Writer)> Create()
    {
        int* pair = stackalloc int[2];
        // SAFETY: pipe2 writes two integers, for which there is room.
        if (Libc.pipe2(pair, CloseOnExec) != 0)
            return Files.LastErrno();
        return (new SafeFd(pair[0]), new SafeFd(pair[1]));
    }

    /// <summary>Takes over a descriptor that the process was started with.</summary>
    /// <returns>the descriptor, now close-on-exec; EBADF: there is none of that number</returns>
    public static Result<SafeFd> Inherited(int number)
    {
        // A duplicate above the standard ones is made and the original closed, so that nobody else inherits it.
        if (!Files.Open($"/proc/self/fd/{number}", OpenModes.WriteOnly).TryGet(out SafeFd? fd, out Errno errno))
            return errno;
        _ = Libc.close(number);
        return fd;
    }

    /// <summary>Waits for bytes. Zero: the other end is closed.</summary>
    public static Result<int> Read(SafeFd reader, Span<byte> buffer)
    {
        while (true)
        {
            nint count;
            // SAFETY: the kernel writes at most the length passed, which is the span's own.
            fixed (byte* start = buffer)
                count = Libc.read(reader, start, (nuint)buffer.Length);
            if (count >= 0)
                return (int)count;
            if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
    }

    /// <summary>Writes all of it.</summary>
    public static Errno Write(SafeFd writer, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint count;
            // SAFETY: the kernel reads at most the length passed, which is the span's own.
            fixed (byte* start = bytes)
                count = Libc.write(writer, start, (nuint)bytes.Length);
            if (count >= 0)
                bytes = bytes[(int)count..];
            else if (Files.LastErrno() is var errno && errno != Errno.EINTR)
                return errno;
        }
        return 0;
    }
}
