using Nnpfs.Posix;

namespace Nnpfs.Driver.Boosting;

/// <summary>A program that reads past FUSE: its socket, by which it gets descriptors, and what it got.</summary>
internal sealed class Booster(SeqpacketSocket socket, PeerCredentials peer) : IDisposable
{
    private long _files, _bytes; // atomic

    public PeerCredentials Peer => peer;

    public long Files => Volatile.Read(ref _files);

    /// <summary>Sizes of those of them that were whole, together.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>What it has sent, without waiting.</summary>
    /// <returns>the length of a packet; 0: it has closed; EAGAIN: nothing; any other errno: it is of no use any more</returns>
    public Result<int> Receive(Span<byte> packet)
    {
        Result<int> received = socket.Receive(packet, out SafeFd? descriptor, wait: false);
        descriptor?.Dispose(); // nobody asked for one
        return received;
    }

    /// <summary>It has got a file.</summary>
    /// <param name="size">in bytes, of a whole one</param>
    public void Count(long size)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, size);
    }

    /// <summary>Sends a descriptor, without waiting.</summary>
    /// <returns>EAGAIN: it does not take what was sent before; EPIPE: it is gone</returns>
    public Errno Send(ReadOnlySpan<byte> packet, SafeFd file)
    {
        try
        {
            return socket.Send(packet, file, wait: false);
        }
        catch (ObjectDisposedException)
        {
            return Errno.EPIPE; // it was found gone just now
        }
    }

    public void Dispose() => socket.Dispose();
}
