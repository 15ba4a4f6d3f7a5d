using Nnpfs.Origins;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>A server that stalls, cuts, lies and changes: each has its errno, and never gives a wrong byte.</summary>
public sealed class HttpFaultTests : IAsyncLifetime
{
    private const int Size = 200_000;
    private static readonly byte[] Content = Pattern.Bytes(Size);
    private readonly FaultServer _server = new();
    private readonly TextLogger _log = new();
    private readonly IOrigin _origin;

    public HttpFaultTests()
    {
        _server.Files["f"] = new(Content, "\"one\"", DateTimeOffset.UtcNow.AddHours(-1));
        _origin = TestOrigin.Make(_server.Url, _log, "timeout", "1");
    }

    private OriginValidator Version { get; } = new("\"one\"", IsStrong: true);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _origin.DisposeAsync();
        await _server.DisposeAsync();
    }

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
        _server.Alter = (_, _) => FaultReply.Of(status);
        Assert.Equal(expected, (await _origin.ReadAsync("f", 0, 10, Version)).Errno);
    }

    [Fact]
    public async Task Nobody_listening_is_EHOSTUNREACH()
    {
        string url = _server.Url;
        await _server.DisposeAsync();
        await using IOrigin origin = TestOrigin.Make(url, _log);
        Assert.Equal(Errno.EHOSTUNREACH, (await origin.FactsAsync("f")).Errno);
        Assert.Contains("refused", _log.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_host_without_an_address_is_EHOSTUNREACH()
    {
        await using IOrigin origin = TestOrigin.Make("http://nowhere.invalid/", _log);
        Assert.Equal(Errno.EHOSTUNREACH, (await origin.FactsAsync("f")).Errno);
    }

    [Fact]
    public async Task A_server_that_speaks_no_TLS_is_an_error_and_not_a_hang()
    {
        await using IOrigin origin = TestOrigin.Make(_server.Url.Replace("http:", "https:", StringComparison.Ordinal), _log, "timeout", "1");
        Assert.False((await origin.FactsAsync("f")).IsOk);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task A_stall_is_ETIMEDOUT_and_what_came_before_it_is_right(int after)
    {
        _server.Alter = (_, reply) => reply with { StallAfter = after };
        (Errno errno, byte[] bytes) = await _origin.ReadAsync("f", 100, 5000, Version);
        Assert.Equal(Errno.ETIMEDOUT, errno);
        Assert.Equal(Content[100..(100 + bytes.Length)], bytes);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task A_cut_is_EIO_and_what_came_before_it_is_right(int after)
    {
        _server.Alter = (_, reply) => reply with { CutAfter = after };
        (Errno errno, byte[] bytes) = await _origin.ReadAsync("f", 100, 5000, Version);
        Assert.Equal(Errno.EIO, errno);
        Assert.Equal(Content[100..(100 + bytes.Length)], bytes);
    }

    [Fact]
    public async Task A_slow_body_is_waited_for_as_long_as_something_comes()
    {
        _server.Alter = (_, reply) => reply with { Drip = 100 };
        Assert.Equal(Content[7..3007], (await _origin.ReadAsync("f", 7, 3000, Version)).Bytes);
    }

    [Fact]
    public async Task A_header_without_end_is_EIO()
    {
        _server.Alter = (_, reply) => reply with { EndlessHead = true };
        Assert.Equal(Errno.EIO, (await _origin.ReadAsync("f", 0, 10, Version)).Errno);
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
        _server.Alter = (_, reply) => reply.With(header, lie);
        (Errno errno, byte[] bytes) = await _origin.ReadAsync("f", 100, 100, Version);
        Assert.Equal(Errno.EIO, errno);
        Assert.Empty(bytes);
    }

    [Fact]
    public async Task A_body_that_goes_on_after_the_range_is_cut()
    {
        _server.Alter = (_, reply) => reply with { Body = Content.AsMemory(100), Chunked = true };
        (Errno errno, byte[] bytes) = await _origin.ReadAsync("f", 100, 1000, Version);
        Assert.Equal((Errno)0, errno);
        Assert.Equal(Content[100..1100], bytes);
    }

    [Fact]
    public async Task A_chunked_body_that_ends_early_is_EIO()
    {
        _server.Alter = (_, reply) => reply with { Body = reply.Body[..500], Chunked = true };
        Assert.Equal(Errno.EIO, (await _origin.ReadAsync("f", 100, 1000, Version)).Errno);
    }

    [Theory]
    [InlineData("\"two\"")]
    [InlineData("W/\"one\"")]
    public async Task Another_ETag_is_ESTALE_even_under_a_206(string tag)
    {
        _server.Alter = (_, reply) => reply.With("ETag", tag);
        (Errno errno, byte[] bytes) = await _origin.ReadAsync("f", 100, 100, Version);
        Assert.Equal(Errno.ESTALE, errno);
        Assert.Empty(bytes);
    }

    [Theory]
    [InlineData("\"one\"", "\"two\"", false)] // strong ETags
    [InlineData("W/\"one\"", "W/\"two\"", false)] // weak ones
    [InlineData(null, null, true)] // dates
    [InlineData(null, null, false)] // nothing but the size
    public async Task A_file_that_changes_between_two_reads_is_ESTALE(string? before, string? after, bool dated)
    {
        DateTimeOffset time = DateTimeOffset.UtcNow.AddHours(-2);
        _server.Files["g"] = new(Content, before, dated || before is null ? time : null);
        OriginValidator version = (await _origin.FactsAsync("g")).Value.Validator;
        Assert.Equal(Content[..1000], (await _origin.ReadAsync("g", 0, 1000, version)).Bytes);

        byte[] changed = dated ? Pattern.Bytes(Size, 2) : Pattern.Bytes(Size - 1, 2);
        _server.Files["g"] = new(changed, after, dated ? time.AddSeconds(1) : before is null ? time : null);

        (Errno errno, byte[] bytes) = await _origin.ReadAsync("g", 1000, 1000, version);
        Assert.Equal(Errno.ESTALE, errno);
        Assert.Empty(bytes);
        Assert.NotEqual(version, (await _origin.FactsAsync("g")).Value.Validator);
    }

    [Fact]
    public async Task A_strong_ETag_or_a_date_is_sent_as_If_Range_and_a_weak_ETag_is_not()
    {
        _server.Files["weak"] = new(Content, "W/\"x\"", DateTimeOffset.UtcNow.AddHours(-1));
        _server.Files["date"] = new(Content, null, new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero));
        foreach (string path in (string[])["f", "weak", "date"])
            Assert.Equal(Content[10..20], (await _origin.ReadAsync(path, 10, 10)).Bytes);
        Assert.Equal(["\"one\"", null, "Thu, 02 Jan 2020 03:04:05 GMT"],
            _server.Requests.Where(request => request["Range"] == "bytes=10-19").Select(request => request["If-Range"]));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_gives_the_right_bytes()
    {
        _server.Files["g"] = new(Content, "\"g\"") { Ranges = false };
        OriginFacts facts = (await _origin.FactsAsync("g")).Value;
        Assert.True(facts.Streamed);
        Assert.Equal(Content[150_000..150_100], (await _origin.ReadAsync("g", 150_000, 100, facts.Validator)).Bytes);
        Assert.Equal(Content, (await _origin.ReadAsync("g", 0, Size, facts.Validator)).Bytes);
        Assert.Null(_server.Requests[^1]["Range"]);
    }

    [Fact]
    public async Task A_file_without_any_validator_is_read_by_one_response_or_not_at_all()
    {
        _server.Files["g"] = new(Content);
        OriginFacts facts = (await _origin.FactsAsync("g")).Value;
        Assert.True(facts.Streamed);
        Assert.Equal(Content, (await _origin.ReadAsync("g", 0, Size, facts.Validator)).Bytes);
        Assert.Equal(Errno.ESTALE, (await _origin.ReadAsync("g", 0, Size, facts.Validator)).Errno);
        Assert.Equal(Errno.ESTALE, (await _origin.ReadAsync("g", 10, 10, (await _origin.FactsAsync("g")).Value.Validator)).Errno);
    }

    [Fact]
    public async Task A_file_without_any_validator_is_one_version_until_it_is_read()
    {
        _server.Files["g"] = new(Content);
        OriginFacts facts = (await _origin.FactsAsync("g")).Value;
        Assert.Equal(facts, (await _origin.RefreshAsync(OriginPath.Of("g"), facts, CancellationToken.None)).Value);
        Assert.Equal(Content, (await _origin.ReadAsync("g", 0, Size, facts.Validator)).Bytes);
        Assert.NotEqual(facts.Validator, (await _origin.RefreshAsync(OriginPath.Of("g"), facts, CancellationToken.None)).Value.Validator);
    }

    [Fact]
    public async Task A_file_of_untold_length_is_measured_by_reading_it_and_known_by_its_digest()
    {
        _server.Files["g"] = new(Content) { Ranges = false };
        _server.Alter = (_, reply) => reply with { Chunked = true };
        OriginFacts facts = (await _origin.FactsAsync("g")).Value;
        Assert.Equal(Size, facts.Size);
        Assert.Equal(facts.Validator, (await _origin.FactsAsync("g")).Value.Validator);
        Assert.Equal(Content[500..600], (await _origin.ReadAsync("g", 500, 100, facts.Validator)).Bytes);

        _server.Files["g"] = new(Pattern.Bytes(Size, 3)) { Ranges = false };
        Assert.Equal(Errno.ESTALE, (await _origin.ReadAsync("g", 500, 100, facts.Validator)).Errno);
    }

    [Theory]
    [InlineData(405)]
    [InlineData(501)]
    [InlineData(403)]
    public async Task Where_HEAD_is_refused_the_first_byte_tells_the_facts(int status)
    {
        _server.Alter = (request, reply) => request.Method == "HEAD" ? FaultReply.Of(status) : reply;
        OriginFacts facts = (await _origin.FactsAsync("f")).Value;
        Assert.Equal((Size, Version, false), ((int)facts.Size, facts.Validator, facts.Streamed));
    }

    [Fact]
    public async Task A_poll_is_one_conditional_request()
    {
        OriginFacts facts = (await _origin.FactsAsync("f")).Value;
        int before = _server.Requests.Count;
        OriginFacts again = (await _origin.RefreshAsync(OriginPath.Of("f"), facts, CancellationToken.None)).Value;
        Assert.Equal(facts, again);
        Assert.Equal(before + 1, _server.Requests.Count);
        Assert.Equal("\"one\"", _server.Requests[^1]["If-None-Match"]);
    }

    [Fact]
    public async Task Retry_After_is_told_and_passes()
    {
        Assert.Equal(TimeSpan.Zero, _origin.RetryAfter);
        _server.Alter = (_, _) => FaultReply.Of(429, "Retry-After", "7");
        await _origin.FactsAsync("f");
        Assert.InRange(_origin.RetryAfter.TotalSeconds, 1, 7);
        _server.Alter = (_, _) => FaultReply.Of(503, "Retry-After", "999999999");
        await _origin.FactsAsync("f");
        Assert.InRange(_origin.RetryAfter.TotalMinutes, 9, 10);
    }

    [Fact]
    public async Task A_cancelled_read_ends_at_once()
    {
        _server.Alter = (_, reply) => reply with { StallAfter = 10 };
        using var cancel = new CancellationTokenSource(50);
        Errno errno = await _origin.ReadAsync(new(OriginPath.Of("f"), Version, 0, 100), new CollectingSink(0), cancel.Token);
        Assert.Equal(Errno.ECANCELED, errno);
    }

    [Fact]
    public async Task An_errno_of_the_sink_ends_the_read_with_it()
    {
        var sink = new CollectingSink(0) { StopWith = (1, Errno.ENOSPC) };
        Assert.Equal(Errno.ENOSPC, await _origin.ReadAsync(new(OriginPath.Of("f"), Version, 0, Size), sink, CancellationToken.None));
    }

    [Fact]
    public async Task Trouble_is_logged_once_and_so_is_its_end()
    {
        _server.Alter = (_, _) => FaultReply.Of(500);
        for (int i = 0; i < 5; i++)
            await _origin.FactsAsync("f");
        _server.Alter = (_, reply) => reply;
        await _origin.FactsAsync("f");
        await _origin.FactsAsync("f");
        Assert.Equal(2, _log.Text.Split('\n').Length);
    }
}
