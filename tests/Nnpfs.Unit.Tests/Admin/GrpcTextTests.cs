using Nnpfs.Daemon.Admin.Grpc;
using Nnpfs.Proto.Grpc;

namespace Nnpfs.Unit.Tests.Admin;

public sealed class GrpcTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100 %", "100 %25")]
    [InlineData("a\nb", "a%0Ab")]
    [InlineData("ü", "%C3%BC")]
    public void A_message_is_percent_encoded_and_back(string message, string encoded)
    {
        Assert.Equal(encoded, GrpcText.Encode(message));
        Assert.Equal(message, GrpcText.Decode(encoded));
    }

    [Fact]
    public void What_is_no_escape_stays_as_it_is() => Assert.Equal("50%, %zz %", GrpcText.Decode("50%, %zz %"));

    [Theory]
    [InlineData("1H", 3_600_000)]
    [InlineData("2M", 120_000)]
    [InlineData("3S", 3000)]
    [InlineData("40m", 40)]
    [InlineData("5000u", 5)]
    [InlineData("6000000n", 6)]
    [InlineData("99999999H", 359_999_996_400_000)]
    public void A_timeout_is_digits_and_a_unit(string header, long milliseconds)
    {
        Assert.True(GrpcText.TryDecodeTimeout(header, out TimeSpan timeout));
        Assert.Equal(milliseconds, timeout.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("-1S")]
    [InlineData("1x")]
    [InlineData("123456789S")]
    public void Anything_else_is_no_timeout(string header) => Assert.False(GrpcText.TryDecodeTimeout(header, out _));

    [Fact]
    public void Every_errno_has_a_class_and_a_message_with_its_name()
    {
        foreach (Errno errno in Enum.GetValues<Errno>().Where(errno => errno != 0))
        {
            GrpcStatus status = GrpcStatus.Of(errno, "docs:a");
            Assert.NotEqual(GrpcCode.Ok, status.Code);
            Assert.Contains(errno.ToString(), status.Message, StringComparison.Ordinal);
        }
    }
}
