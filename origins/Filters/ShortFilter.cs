namespace Nnpfs.Origins.Filters;

/// <summary>A share of the reads is cut: some of the bytes come, and then the read claims that all is well.</summary>
public sealed class ShortFilter(IOrigin inner, double share, int seed) : OriginFilter(inner)
{
    private readonly SharedRandom _random = new(seed);

    public override ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        Inner.ReadAsync(_random.Hits(share) ? read with { Length = (long)(read.Length * _random.NextDouble()) } : read, sink, cancel);
}
