using System.IO.Enumeration;
using Nnpfs.Posix;

namespace Nnpfs.Origins.Filters;

/// <summary>Some requests fail before they reach the origin: a share of them, or every Nth, of those for certain paths.</summary>
public sealed class FaultFilter(IOrigin inner, FaultRule rule) : OriginFilter(inner)
{
    private readonly SharedRandom _random = new(rule.Seed);
    private long _requests; // atomic; those whose path fits

    public override ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel) =>
        Hits(read.Path) ? ValueTask.FromResult(rule.Errno) : Inner.ReadAsync(read, sink, cancel);

    protected override ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel) =>
        Hits(path) ? ValueTask.FromResult<Result<T>>(rule.Errno) : ask(cancel);

    private bool Hits(OriginPath path)
    {
        if (!FileSystemName.MatchesSimpleExpression(rule.Path, path.ToString(), ignoreCase: false))
            return false;
        bool isNth = rule.Every > 0 && Interlocked.Increment(ref _requests) % rule.Every == 0;
        return _random.Hits(rule.Share) || isNth;
    }
}
