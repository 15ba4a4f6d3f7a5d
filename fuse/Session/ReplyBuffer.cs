namespace Nnpfs.Fuse.Session;

/// <summary>Room for one large reply: the header, then the body, so that one write(2) hands over both.</summary>
internal sealed class ReplyBuffer
{
    public const int HeaderSize = 16; // fuse_out_header

    /// <summary>Pinned for good: it goes to write(2) and pread(2) again and again. Not cleared: a reply sends only what was written.</summary>
    /// <param name="capacity">bytes of the largest body</param>
    public ReplyBuffer(int capacity) => Whole = GC.AllocateUninitializedArray<byte>(HeaderSize + capacity, pinned: true);

    /// <param name="whole">memory that stays where it is: the header's, then the body's</param>
    public ReplyBuffer(Memory<byte> whole) => Whole = whole;

    /// <summary>Bytes that a body can have.</summary>
    public int Capacity => Whole.Length - HeaderSize;

    public Memory<byte> Whole { get; }

    public Memory<byte> Body => Whole[HeaderSize..];
}
