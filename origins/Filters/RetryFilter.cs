using Nnpfs.Posix;
using Polly;
using Polly.Retry;

namespace Nnpfs.Origins.Filters;

/// <summary>Tries again what failed in passing, after pauses that double, with jitter. A read goes on at the byte where it was cut.</summary>
/// <remarks>
/// EIO, ETIMEDOUT, EBUSY and EHOSTUNREACH are tried again, and a read that claims to be whole and is short: that is EIO. An origin's
/// RetryAfter is a lower bound of the pause.
/// </remarks>
public sealed class RetryFilter : OriginFilter
{
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);
    private static readonly ResiliencePropertyKey<Progress> ProgressOf = new("progress");

    private readonly RetryRule _rule;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<Errno> _pipeline;

    /// <param name="inner">the origin</param>
    /// <param name="rule">how often, and for how long</param>
    /// <param name="time">the clock of the pauses and of the limit</param>
    public RetryFilter(IOrigin inner, RetryRule rule, TimeProvider time)
        : base(inner)
    {
        (_rule, _time) = (rule, time);
        var random = new SharedRandom(rule.Seed);
        var builder = new ResiliencePipelineBuilder<Errno> { TimeProvider = time };
        if (rule.Tries > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<Errno>
            {
                ShouldHandle = outcome => ValueTask.FromResult(
                    outcome.Outcome.Exception is null && IsPassing(outcome.Outcome.Result) && MayWait(outcome.Context)),
                MaxRetryAttempts = rule.Tries - 1,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = rule.Pause,
                MaxDelay = MaxPause,
                Randomizer = random.NextDouble,
                OnRetry = args => Pausing(args.Context, args.Outcome.Result),
                DelayGenerator = _ => ValueTask.FromResult<TimeSpan?>(Inner.RetryAfter is var asked && asked > rule.Pause ? asked : null),
            });
        }
        _pipeline = builder.Build();
    }

    public override async ValueTask<Errno> ReadAsync(OriginRead read, IOriginSink sink, CancellationToken cancel)
    {
        var counted = new PositionSink(sink, read.Offset);
        Errno errno = await TryAsync((progress, token) => ReadOnAsync(read, counted, progress, token), cancel).ConfigureAwait(false);
        return counted.Stopped != 0 ? counted.Stopped : errno;
    }

    /// <summary>One try: reads what has not come yet.</summary>
    private async ValueTask<Errno> ReadOnAsync(OriginRead read, PositionSink counted, Progress progress, CancellationToken cancel)
    {
        long done = counted.Position - read.Offset;
        if (done > 0 && done == read.Length)
            return 0; // cut behind the last byte
        OriginRead rest = read with { Offset = counted.Position, Length = read.Length - done };
        Errno failed = await Inner.ReadAsync(rest, counted, cancel).ConfigureAwait(false);
        if (counted.Position > rest.Offset)
            progress.Since = _time.GetTimestamp();
        if (counted.Stopped != 0)
            return 0; // the sink has had enough: no failure of the origin
        bool isShort = failed == 0 && counted.Position - read.Offset < read.Length;
        return isShort && !await IsEndAsync(read, counted.Position, cancel).ConfigureAwait(false) ? Errno.EIO : failed;
    }

    /// <summary>
    /// Fewer bytes came than were asked for, and that is said to be all: it is at the end of the file that was asked for, and
    /// nowhere else.
    /// </summary>
    private async ValueTask<bool> IsEndAsync(OriginRead read, long position, CancellationToken cancel)
    {
        Result<OriginFacts> asked = await Inner.GetFactsAsync(read.Path, cancel).ConfigureAwait(false);
        return asked.TryGet(out OriginFacts? facts, out _) && position >= facts.Size
            && (read.Validator.IsEmpty || read.Validator.Value == facts.Validator.Value);
    }

    protected override async ValueTask<Result<T>> AskAsync<T>(
        OriginPath path, Func<CancellationToken, ValueTask<Result<T>>> ask, CancellationToken cancel)
    {
        Result<T> answer = default;
        await TryAsync(async (_, token) => (answer = await ask(token).ConfigureAwait(false)).Errno, cancel).ConfigureAwait(false);
        return answer;
    }

    private async ValueTask<Errno> TryAsync(Func<Progress, CancellationToken, ValueTask<Errno>> once, CancellationToken cancel)
    {
        var progress = new Progress { Since = _time.GetTimestamp() };
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancel);
        context.Properties.Set(ProgressOf, progress);
        try
        {
            return await _pipeline.ExecuteAsync(each => OnceAsync(progress, once, each.CancellationToken), context).ConfigureAwait(false);
        }
        finally
        {
            progress.GoOn();
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static ValueTask<Errno> OnceAsync(Progress progress, Func<Progress, CancellationToken, ValueTask<Errno>> once, CancellationToken cancel)
    {
        progress.GoOn();
        return once(progress, cancel);
    }

    private static ValueTask Pausing(ResilienceContext context, Errno errno)
    {
        if (context.Properties.TryGetValue(ProgressOf, out Progress? progress))
            progress.Pause(errno);
        return default;
    }

    /// <summary>Where the origin wants to be left alone for longer than anybody should wait, the errno goes out at once.</summary>
    private bool MayWait(ResilienceContext context)
    {
        if (Inner.RetryAfter > MaxPause)
            return false;
        TimeSpan pause = Inner.RetryAfter > _rule.Pause ? Inner.RetryAfter : _rule.Pause; // at least
        return _rule.Limit == TimeSpan.Zero
            || !context.Properties.TryGetValue(ProgressOf, out Progress? progress)
            || _time.GetElapsedTime(progress.Since) + pause <= _rule.Limit;
    }

    private static bool IsPassing(Errno errno) => errno is Errno.EIO or Errno.ETIMEDOUT or Errno.EBUSY or Errno.EHOSTUNREACH;

    private sealed class Progress
    {
        private OriginPauses? _pausing; // told of the pause that goes on

        /// <summary>A timestamp: the begin, or the end of the last try that brought a byte.</summary>
        internal long Since { get; set; }

        internal void Pause(Errno errno)
        {
            _pausing = OriginPauses.Current;
            _pausing?.Pause(errno);
        }

        internal void GoOn()
        {
            _pausing?.GoOn();
            _pausing = null;
        }
    }
}
