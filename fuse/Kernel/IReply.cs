namespace Nnpfs.Fuse.Kernel;

/// <summary>The body of a successful reply.</summary>
internal interface IReply
{
    /// <summary>Puts the body behind the header.</summary>
    /// <param name="room">what follows the header in the reply's buffer: at least 512 bytes, and as much as was reserved</param>
    /// <returns>bytes of the body</returns>
    int WriteTo(Span<byte> room);
}

/// <summary>A success that has nothing to tell.</summary>
internal readonly struct Nothing : IReply
{
    public int WriteTo(Span<byte> room) => 0;
}

/// <summary>A body that the handler wrote into the room of its request: the first <paramref name="Length"/> bytes of it.</summary>
internal readonly record struct Bytes(int Length) : IReply
{
    public int WriteTo(Span<byte> room) => Length;
}
