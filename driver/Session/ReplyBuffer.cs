namespace Nnpfs.Driver.Session;

/// <summary>Room for one large reply: the header, then the body, so that one write(2) hands over both.</summary>
internal sealed class ReplyBuffer(int capacity)
{
    public const int HeaderSize = 16; // fuse_out_header

    // Pinned for good: it goes to write(2) and pread(2) again and again. Not cleared: a reply sends only what was written.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(HeaderSize + capacity, pinned: true);

    /// <summary>Bytes that a body can have.</summary>
    public int Capacity => _bytes.Length - HeaderSize;

    public Memory<byte> Whole => _bytes;

    public Memory<byte> Body => _bytes.AsMemory(HeaderSize);
}
