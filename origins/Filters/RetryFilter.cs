using Nnpfs.Posix;
using Polly;
using Polly.Retry;

namespace Nnpfs.Origins.Filters;

/// <summary>Tries again what failed in passing, after pauses that double, with jitter. A read goes on at the byte where it was cut.</summary>
/// <remarks>EIO, ETIMEDOUT, EBUSY and EHOSTUNREACH are tried again; an origin's RetryAfter is a lower bound of the pause.</remarks>
public sealed class RetryFilter : OriginFilter
{
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    private readonly ResiliencePipeline<Errno> _pipeline;

    /// <param name="inner">the origin</param>
    /// <param name="tries">of one request, the first included</param>
    /// <param name="pause">before the second try; each next one is twice as long</param>
    /// <param name="seed">of the jitter</param>
    /// <param name="time">the clock of the pauses</param>
    public RetryFilter(IOrigin inner, int tries, TimeSpan pause, int seed, TimeProvider time)
        : base(inner)
    {
        var random = new SharedRandom(seed);
        var builder = new ResiliencePipelineBuilder<Errno> { TimeProvider = time };
        if (tries > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<Errno>
            {
                // Where the origin wants to be left alone for longer than anybody should wait, the errno goes out at once.
                ShouldHandle = outcome => ValueTask.FromResult(
                    outcome.Outcome.Exception is null && IsPassing(outcome.Outcome.Result) && Inner.RetryAfter <= MaxPause),
                MaxRetryAttempts = tries - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = pause,
                MaxDelay = MaxPause,
                Randomizer = random.NextDouble,
                DelayGenerator = _ => ValueTask.FromResult<TimeSpan?>(Inner.RetryAfter is var asked && asked > pause ? asked : null),
            });
        }
        _pipeline = builder.Build();
    }

    public override async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        var counted = new PositionSink(sink, read.Offset);
        Errno errno = await _pipeline.ExecuteAsync<Errno>(
            async (CancellationToken token) =>
            {
                long done = counted.Position - read.Offset;
                if (done > 0 && done == read.Length)
                    return 0; // cut behind the last byte
                OriginRead rest = read with { Offset = counted.Position, Length = read.Length - done };
                Errno failed = await Inner.ReadAsync(rest, counted, token).ConfigureAwait(false);
                return counted.Stopped == 0 ? failed : 0; // the sink has had enough: no failure of the origin
            },
            cancel).ConfigureAwait(false);
        return counted.Stopped != 0 ? counted.Stopped : errno;
    }

    protected override async ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel)
    {
        Result<T> answer = default;
        await _pipeline.ExecuteAsync<Errno>(
            async (CancellationToken token) => (answer = await ask(token).ConfigureAwait(false)).Errno,
            cancel).ConfigureAwait(false);
        return answer;
    }

    private static bool IsPassing(Errno errno) => errno is Errno.EIO or Errno.ETIMEDOUT or Errno.EBUSY or Errno.EHOSTUNREACH;
}
