using Nnpfs.Origins;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>A server that changes, or names no version: a read is of the version that was asked for, or ESTALE.</summary>
public sealed class HttpVersionTests : HttpOriginFixture
{
    [Theory]
    [InlineData("\"two\"")]
    [InlineData("W/\"one\"")]
    public async Task Another_ETag_is_ESTALE_even_under_a_206(string tag)
    {
        Server.Alter = (_, reply) => reply.With("ETag", tag);
        (Errno errno, byte[] bytes) = await Origin.ReadAsync("f", 100, 100, Version);
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
        Server.Files["g"] = new(Content, before, dated || before is null ? time : null);
        OriginValidator version = (await Origin.FactsAsync("g")).Value.Validator;
        Assert.Equal(Content[..1000], (await Origin.ReadAsync("g", 0, 1000, version)).Bytes);

        byte[] changed = dated ? Pattern.Bytes(Size, 2) : Pattern.Bytes(Size - 1, 2);
        Server.Files["g"] = new(changed, after, dated ? time.AddSeconds(1) : before is null ? time : null);

        (Errno errno, byte[] bytes) = await Origin.ReadAsync("g", 1000, 1000, version);
        Assert.Equal(Errno.ESTALE, errno);
        Assert.Empty(bytes);
        Assert.NotEqual(version, (await Origin.FactsAsync("g")).Value.Validator);
    }

    [Fact]
    public async Task A_strong_ETag_or_a_date_is_sent_as_If_Range_and_a_weak_ETag_is_not()
    {
        Server.Files["weak"] = new(Content, "W/\"x\"", DateTimeOffset.UtcNow.AddHours(-1));
        Server.Files["date"] = new(Content, null, new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero));
        foreach (string path in (string[])["f", "weak", "date"])
            Assert.Equal(Content[10..20], (await Origin.ReadAsync(path, 10, 10)).Bytes);
        Assert.Equal(["\"one\"", null, "Thu, 02 Jan 2020 03:04:05 GMT"],
            Server.Requests.Where(request => request["Range"] == "bytes=10-19").Select(request => request["If-Range"]));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_gives_the_right_bytes()
    {
        Server.Files["g"] = new(Content, "\"g\"") { Ranges = false };
        OriginFacts facts = (await Origin.FactsAsync("g")).Value;
        Assert.True(facts.Streamed);
        Assert.Equal(Content[150_000..150_100], (await Origin.ReadAsync("g", 150_000, 100, facts.Validator)).Bytes);
        Assert.Equal(Content, (await Origin.ReadAsync("g", 0, Size, facts.Validator)).Bytes);
        Assert.Null(Server.Requests[^1]["Range"]);
    }

    [Fact]
    public async Task A_file_without_any_validator_is_read_by_one_response_or_not_at_all()
    {
        Server.Files["g"] = new(Content);
        OriginFacts facts = (await Origin.FactsAsync("g")).Value;
        Assert.True(facts.Streamed);
        Assert.Equal(Content, (await Origin.ReadAsync("g", 0, Size, facts.Validator)).Bytes);
        Assert.Equal(Errno.ESTALE, (await Origin.ReadAsync("g", 0, Size, facts.Validator)).Errno);
        Assert.Equal(Errno.ESTALE, (await Origin.ReadAsync("g", 10, 10, (await Origin.FactsAsync("g")).Value.Validator)).Errno);
    }

    [Fact]
    public async Task A_file_without_any_validator_is_one_version_until_it_is_read()
    {
        Server.Files["g"] = new(Content);
        OriginFacts facts = (await Origin.FactsAsync("g")).Value;
        Assert.Equal(facts, (await Origin.RefreshAsync(OriginPath.Of("g"), facts, CancellationToken.None)).Value);
        Assert.Equal(Content, (await Origin.ReadAsync("g", 0, Size, facts.Validator)).Bytes);
        Assert.NotEqual(facts.Validator, (await Origin.RefreshAsync(OriginPath.Of("g"), facts, CancellationToken.None)).Value.Validator);
    }

    [Fact]
    public async Task A_file_of_untold_length_is_measured_by_reading_it_and_known_by_its_digest()
    {
        Server.Files["g"] = new(Content) { Ranges = false };
        Server.Alter = (_, reply) => reply with { Chunked = true };
        OriginFacts facts = (await Origin.FactsAsync("g")).Value;
        Assert.Equal(Size, facts.Size);
        Assert.Equal(facts.Validator, (await Origin.FactsAsync("g")).Value.Validator);
        Assert.Equal(Content[500..600], (await Origin.ReadAsync("g", 500, 100, facts.Validator)).Bytes);

        Server.Files["g"] = new(Pattern.Bytes(Size, 3)) { Ranges = false };
        Assert.Equal(Errno.ESTALE, (await Origin.ReadAsync("g", 500, 100, facts.Validator)).Errno);
    }

    [Theory]
    [InlineData(405)]
    [InlineData(501)]
    [InlineData(403)]
    public async Task Where_HEAD_is_refused_the_first_byte_tells_the_facts(int status)
    {
        Server.Alter = (request, reply) => request.Method == "HEAD" ? FaultReply.Of(status) : reply;
        OriginFacts facts = (await Origin.FactsAsync("f")).Value;
        Assert.Equal((Size, Version, false), ((int)facts.Size, facts.Validator, facts.Streamed));
    }

    [Fact]
    public async Task A_poll_is_one_conditional_request()
    {
        OriginFacts facts = (await Origin.FactsAsync("f")).Value;
        int before = Server.Requests.Count;
        OriginFacts again = (await Origin.RefreshAsync(OriginPath.Of("f"), facts, CancellationToken.None)).Value;
        Assert.Equal(facts, again);
        Assert.Equal(before + 1, Server.Requests.Count);
        Assert.Equal("\"one\"", Server.Requests[^1]["If-None-Match"]);
    }
}
