using System.Diagnostics;
using Nnpfs.Posix;

namespace Nnpfs.Unit.Tests.Posix;

/// <summary>Which pending signals will end a process.</summary>
public sealed class PendingSignalsTests
{
    [Theory]
    [InlineData("0", "0", "0", "0", "0", false)]
    [InlineData("100", "0", "0", "0", "0", true)]     // killed: SIGKILL in the thread
    [InlineData("100", "4000", "0", "0", "0", true)]  // SIGTERM, which the kernel has made into that
    [InlineData("0", "4000", "0", "0", "0", true)]    // SIGTERM
    [InlineData("0", "4000", "4000", "0", "0", false)] // blocked
    [InlineData("0", "4000", "0", "4000", "0", false)] // ignored
    [InlineData("0", "2000", "0", "0", "2000", false)] // SIGALRM, caught
    [InlineData("0", "10000", "0", "0", "0", false)]  // SIGCHLD
    [InlineData("0", "8000000", "0", "0", "0", false)] // SIGWINCH
    public void Only_a_signal_that_is_let_through_and_not_caught_ends(string own, string shared, string blocked, string ignored, string caught, bool ends) =>
        Assert.Equal(ends, PendingSignals.End(
            ["Name:\tcat", "Pid:\t7", $"SigPnd:\t{own}", $"ShdPnd:\t{shared}", $"SigBlk:\t{blocked}", $"SigIgn:\t{ignored}", $"SigCgt:\t{caught}", "CapInh:\t0"]));

    [Fact]
    public void This_process_is_not_ending_and_one_that_is_not_there_neither()
    {
        Assert.False(PendingSignals.EndProcess((uint)Environment.ProcessId));
        Assert.False(PendingSignals.EndProcess(uint.MaxValue));
    }
}
