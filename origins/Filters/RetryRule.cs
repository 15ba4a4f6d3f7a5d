namespace Nnpfs.Origins.Filters;

/// <summary>How often and for how long a <see cref="RetryFilter"/> tries.</summary>
public sealed record RetryRule
{
    /// <summary>Tries of one request, the first included.</summary>
    public int Tries { get; init; } = 1;

    /// <summary>Before the second try, give or take its jitter; each next pause is twice as long.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>No try begins later than this after the request began, or after the last byte that a read brought; zero = no limit.</summary>
    public TimeSpan Limit { get; init; }

    /// <summary>Of the jitter.</summary>
    public int Seed { get; init; } = 1;
}
