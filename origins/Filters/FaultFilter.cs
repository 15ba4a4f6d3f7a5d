using Nnpfs.Posix;

namespace Nnpfs.Origins.Filters;

/// <summary>A share of the requests fails before it reaches the origin.</summary>
/// <param name="inner">the origin</param>
/// <param name="errno">what they answer</param>
/// <param name="share">0 to 1</param>
/// <param name="seed">of the choice</param>
public sealed class FaultFilter(IOrigin inner, Errno errno, double share, int seed) : OriginFilter(inner)
{
    private readonly SharedRandom _random = new(seed);

    public override ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        _random.Hits(share) ? ValueTask.FromResult(errno) : Inner.ReadAsync(read, sink, cancel);

    protected override ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel) =>
        _random.Hits(share) ? ValueTask.FromResult<Result<T>>(errno) : ask(cancel);
}
