using Nnpfs.Driver.Mounting;

namespace Nnpfs.Unit.Tests.Mounting;

/// <summary>Why requests cannot come by io_uring, and what to do about it.</summary>
public sealed class RequestWayTests
{
    [Theory]
    [InlineData(null, default(Errno), "Linux 6.14")]
    [InlineData("N\n", default(Errno), "echo Y > /sys/module/fuse/parameters/enable_uring")]
    [InlineData("Y\n", Errno.EPERM, "kernel.io_uring_disabled")]
    [InlineData("Y\n", Errno.ENOMEM, "ENOMEM")]
    public void What_is_missing_is_named_with_its_cure(string? enabled, Errno probe, string part) =>
        Assert.Contains(part, RequestWay.WhyNot(enabled, () => probe), StringComparison.Ordinal);

    [Fact]
    public void A_kernel_that_has_it_switched_on_and_lets_us_make_a_ring_will_do() => Assert.Null(RequestWay.WhyNot("Y\n", () => 0));

    [Fact]
    public void Who_does_not_want_it_gets_no_word_about_it()
    {
        Assert.Null(RequestWay.Choose(IoUringMode.Off, out bool overIoUring));
        Assert.False(overIoUring);
    }
}
