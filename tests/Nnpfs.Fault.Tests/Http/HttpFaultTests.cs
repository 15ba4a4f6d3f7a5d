using Nnpfs.Origins;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>A server that stalls, cuts and lies: each has its errno, and never gives a wrong byte.</summary>
public sealed class HttpFaultTests : HttpOriginFixture
{
    [Theory]
    [InlineData(401, Errno.EACCES)]
    [InlineData(403, Errno.EACCES)]
    [InlineData(407, Errno.EACCES)]
    [InlineData(451, Errno.EACCES)]
    [InlineData(404, Errno.ENOENT)]
    [InlineData(410, Errno.ENOENT)]
    [InlineData(408, Errno.ETIMEDOUT)]
    [InlineData(504, Errno.ETIMEDOUT)]
    [InlineData(412, Errno.ESTALE)]
    [InlineData(414, Errno.ENAMETOOLONG)]
    [InlineData(429, Errno.EBUSY)]
    [InlineData(508, Errno.ELOOP)]
    [InlineData(204, Errno.EIO)]
    [InlineData(400, Errno.EIO)]
    [InlineData(500, Errno.EIO)]
    [InlineData(502, Errno.EIO)]
    [InlineData(503, Errno.EIO)]
    public async Task Each_status_has_its_errno(int status, Errno expected)
    {
        Server.Alter = (_, _) => FaultReply.Of(status);
        Assert.Equal(expected, (await Origin.ReadAsync("f", 0, 10, Version)).Errno);
    }

    [Fact]
    public async Task Nobody_listening_is_EHOSTUNREACH()
    {
        string url = Server.Url;
        await Server.DisposeAsync();
        await using IOrigin origin = TestOrigin.Make(url, Log);
        Assert.Equal(Errno.EHOSTUNREACH, (await origin.FactsAsync("f")).Errno);
        Assert.Contains("refused", Log.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_host_without_an_address_is_EHOSTUNREACH()
    {
        await using IOrigin origin = TestOrigin.Make("http://nowhere.invalid/", Log);
        Assert.Equal(Errno.EHOSTUNREACH, (await origin.FactsAsync("f")).Errno);
    }

    [Fact]
    public async Task A_server_that_speaks_no_TLS_is_an_error_and_not_a_hang()
    {
        await using IOrigin origin = TestOrigin.Make(Server.Url.Replace("http:", "https:", StringComparison.Ordinal), Log, "timeout", "1");
        Assert.False((await origin.FactsAsync("f")).IsOk);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task A_stall_is_ETIMEDOUT_and_what_came_before_it_is_right(int after)
    {
        Server.Alter = (_, reply) => reply with { StallAfter = after };
        (Errno errno, byte[] bytes) = await Origin.ReadAsync("f", 100, 5000, Version);
        Assert.Equal(Errno.ETIMEDOUT, errno);
        Assert.Equal(Content[100..(100 + bytes.Length)], bytes);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task A_cut_is_EIO_and_what_came_before_it_is_right(int after)
    {
        Server.Alter = (_, reply) => reply with { CutAfter = after };
        (Errno errno, byte[] bytes) = await Origin.ReadAsync("f", 100, 5000, Version);
        Assert.Equal(Errno.EIO, errno);
        Assert.Equal(Content[100..(100 + bytes.Length)], bytes);
    }

    [Fact]
    public async Task A_slow_body_is_waited_for_as_long_as_something_comes()
    {
        Server.Alter = (_, reply) => reply with { Drip = 100 };
        Assert.Equal(Content[7..3007], (await Origin.ReadAsync("f", 7, 3000, Version)).Bytes);
    }

    [Fact]
    public async Task A_header_without_end_is_EIO()
    {
        Server.Alter = (_, reply) => reply with { EndlessHead = true };
        Assert.Equal(Errno.EIO, (await Origin.ReadAsync("f", 0, 10, Version)).Errno);
    }

    [Theory]
    [InlineData("Content-Range", "bytes 0-99/200000")] // another place
    [InlineData("Content-Range", "bytes 100-199/150")] // past its own end
    [InlineData("Content-Range", "bytes 100-198/200000")] // less than asked
    [InlineData("Content-Range", "bytes 100-200/200000")] // more than asked
    [InlineData("Content-Range", "lines 100-199/200000")]
    [InlineData("Content-Range", "nonsense")]
    [InlineData("Content-Range", "")]
    [InlineData("Content-Length", "99")]
    [InlineData("Content-Length", "101")]
    [InlineData("Content-Type", "multipart/byteranges; boundary=x")]
    public async Task A_lie_about_a_range_is_EIO_without_a_byte(string header, string lie)
    {
        Server.Alter = (_, reply) => reply.With(header, lie);
        (Errno errno, byte[] bytes) = await Origin.ReadAsync("f", 100, 100, Version);
        Assert.Equal(Errno.EIO, errno);
        Assert.Empty(bytes);
    }

    [Fact]
    public async Task A_body_that_goes_on_after_the_range_is_cut()
    {
        Server.Alter = (_, reply) => reply with { Body = Content.AsMemory(100), Chunked = true };
        (Errno errno, byte[] bytes) = await Origin.ReadAsync("f", 100, 1000, Version);
        Assert.Equal((Errno)0, errno);
        Assert.Equal(Content[100..1100], bytes);
    }

    [Fact]
    public async Task A_chunked_body_that_ends_early_is_EIO()
    {
        Server.Alter = (_, reply) => reply with { Body = reply.Body[..500], Chunked = true };
        Assert.Equal(Errno.EIO, (await Origin.ReadAsync("f", 100, 1000, Version)).Errno);
    }

    [Fact]
    public async Task Retry_After_is_told_and_passes()
    {
        Assert.Equal(TimeSpan.Zero, Origin.RetryAfter);
        Server.Alter = (_, _) => FaultReply.Of(429, "Retry-After", "7");
        await Origin.FactsAsync("f");
        Assert.InRange(Origin.RetryAfter.TotalSeconds, 1, 7);
        Server.Alter = (_, _) => FaultReply.Of(503, "Retry-After", "999999999");
        await Origin.FactsAsync("f");
        Assert.InRange(Origin.RetryAfter.TotalMinutes, 9, 10);
    }

    [Fact]
    public async Task A_cancelled_read_ends_at_once()
    {
        Server.Alter = (_, reply) => reply with { StallAfter = 10 };
        using var cancel = new CancellationTokenSource(50);
        Errno errno = await Origin.ReadAsync(new(OriginPath.Of("f"), Version, 0, 100), new CollectingSink(0), cancel.Token);
        Assert.Equal(Errno.ECANCELED, errno);
    }

    [Fact]
    public async Task An_errno_of_the_sink_ends_the_read_with_it()
    {
        var sink = new CollectingSink(0) { StopWith = (1, Errno.ENOSPC) };
        Assert.Equal(Errno.ENOSPC, await Origin.ReadAsync(new(OriginPath.Of("f"), Version, 0, Size), sink, CancellationToken.None));
    }

    [Fact]
    public async Task Trouble_is_logged_once_and_so_is_its_end()
    {
        Server.Alter = (_, _) => FaultReply.Of(500);
        for (int i = 0; i < 5; i++)
            await Origin.FactsAsync("f");
        Server.Alter = (_, reply) => reply;
        await Origin.FactsAsync("f");
        await Origin.FactsAsync("f");
        Assert.Equal(2, Log.Text.Split('\n').Length);
    }
}
