namespace Nnpfs.Posix;

/// <summary>Where requests of the kernel come from and replies go to: /dev/fuse, or a test's stand-in.</summary>
public interface IFuseDevice : IDisposable
{
    /// <summary>Waits for one request.</summary>
    /// <param name="buffer">at least 8 KiB: the kernel refuses less</param>
    /// <returns>bytes read; ENODEV: the file system is unmounted, or the connection was aborted</returns>
    Result<int> Read(Span<byte> buffer);

    /// <summary>Hands over one whole reply or notification.</summary>
    /// <returns>zero; ENOENT: nobody waits for it any more, or the kernel does not know the thing; ENODEV: unmounted; EINVAL: malformed</returns>
    Errno Write(ReadOnlySpan<byte> message);

    /// <summary>As <see cref="Write(ReadOnlySpan{byte})"/>, of two pieces, without copying them together.</summary>
    Errno Write(ReadOnlySpan<byte> front, ReadOnlySpan<byte> rest);

    /// <summary>Another way into the same connection, with a queue of its own: what was read from it must be answered on it.</summary>
    Result<IFuseDevice> Clone();

    /// <summary>A way into the same connection by io_uring, beside this one. The thread that calls is the one to use it.</summary>
    /// <param name="queues">an entry for each item: the number of the possible CPU whose requests it takes</param>
    /// <param name="payload">bytes of the largest body</param>
    /// <returns>the ring, to be started; EPERM, ENOSYS, ENOMEM</returns>
    Result<FuseRing> OpenRing(IReadOnlyList<ushort> queues, int payload);
}
