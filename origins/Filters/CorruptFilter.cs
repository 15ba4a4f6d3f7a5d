using System.Buffers;

namespace Nnpfs.Origins.Filters;

/// <summary>In a share of the pieces that are read, one byte is flipped.</summary>
public sealed class CorruptFilter(IOrigin inner, double share, int seed) : OriginFilter(inner)
{
    private readonly SharedRandom _random = new(seed);

    public override ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        Inner.ReadAsync(read, new Sink(sink, _random, share), cancel);

    private sealed class Sink(IOriginSink sink, SharedRandom random, double share) : IOriginSink
    {
        public async ValueTask<Errno> TakeAsync(long offset, ReadOnlyMemory<byte> bytes)
        {
            if (!random.Hits(share))
                return await sink.TakeAsync(offset, bytes).ConfigureAwait(false);
            byte[] flipped = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(flipped);
            flipped[(int)(bytes.Length * random.NextDouble())] ^= 0xFF;
            Errno errno = await sink.TakeAsync(offset, flipped.AsMemory(0, bytes.Length)).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(flipped);
            return errno;
        }
    }
}
