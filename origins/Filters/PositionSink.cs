namespace Nnpfs.Origins.Filters;

/// <summary>Hands bytes on, and knows how far they came.</summary>
internal sealed class PositionSink(IOriginSink sink, long offset) : IOriginSink
{
    /// <summary>The offset behind the last byte that was taken.</summary>
    internal long Position { get; private set; } = offset;

    /// <summary>What the sink answered to end the read; zero = it goes on.</summary>
    internal Errno Stopped { get; private set; }

    public async ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
    {
        Stopped = await sink.TakeAsync(offset, bytes).ConfigureAwait(false);
        if (Stopped == 0)
            Position += bytes.Length;
        return Stopped;
    }
}
