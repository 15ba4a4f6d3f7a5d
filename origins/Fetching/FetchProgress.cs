namespace Nnpfs.Origins.Fetching;

/// <summary>What a fetch waits for at this moment, for people. Empty until it waits.</summary>
public sealed class FetchProgress
{
    private volatile PageWaiter? _waiter;

    /// <returns>and of a pause the errno of the last try</returns>
    public (FetchStage Stage, Errno Error) Now => _waiter is { } waiter ? waiter.Fetcher.StageOf(waiter) : default;

    internal void Waits(PageWaiter waiter) => _waiter = waiter;
}

/// <summary>The stages of a fetch, as the one who waits for it sees them.</summary>
public enum FetchStage
{
    /// <summary>It does not wait.</summary>
    None,

    /// <summary>A request of its own, or one made ahead of the same reader.</summary>
    Origin,

    /// <summary>A request that another fetch made.</summary>
    Other,

    /// <summary>Room for the pages.</summary>
    Space,

    /// <summary>The pause before another try.</summary>
    Retry,
}
