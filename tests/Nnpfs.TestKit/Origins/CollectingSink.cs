using System.Buffers;
using Nnpfs.Origins;

namespace Nnpfs.TestKit.Origins;

/// <summary>Keeps what an origin hands over, and insists on the order that the contract promises.</summary>
/// <param name="start">offset of the first byte that must come</param>
public sealed class CollectingSink(long start) : IOriginSink
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public byte[] Bytes => _bytes.WrittenSpan.ToArray();

    /// <summary>Answered once so many bytes are there.</summary>
    public (long After, Errno Errno)? StopWith { get; init; }

    public ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
    {
        Assert.Equal(start + _bytes.WrittenCount, offset);
        Assert.False(bytes.IsEmpty);
        _bytes.Write(bytes.Span);
        return new(StopWith is { } stop && _bytes.WrittenCount >= stop.After ? stop.Errno : 0);
    }
}
