using Nnpfs.Daemon.Volumes;
using Nnpfs.TestKit;

namespace Nnpfs.Unit.Tests.Service;

public sealed class MountBookTests
{
    [Fact]
    public async Task A_mount_that_is_not_waited_for_any_more_is_not_kept_for_the_next_run_either()
    {
        IReadOnlyList<string>? kept = null;
        var book = new MountBook(new SteppingTime(), TimeSpan.FromMilliseconds(2), ["gone"], ids => kept = ids);

        await book.WaitAsync(CancellationToken.None).WaitAsync(Patience.Limit);

        Assert.Empty(Assert.IsAssignableFrom<IReadOnlyList<string>>(kept));
    }

    /// <summary>A millisecond passes whenever somebody looks.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => ++_now;
    }
}
