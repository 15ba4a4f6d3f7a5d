namespace Nnpfs.Unit.Tests.Cache;

/// <summary>A clock that the test moves. Its timers are the system's.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    public override DateTimeOffset GetUtcNow() => _now;

    public void Step(TimeSpan by) => _now += by;
}
