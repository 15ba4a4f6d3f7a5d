using Nnpfs.Origins;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>Redirects: resolved once, kept for a time, refused where they lead down, never followed in circles.</summary>
public sealed class RedirectTests : IAsyncLifetime
{
    private static readonly byte[] Content = Pattern.Bytes(10_000);
    private readonly FaultServer _server = new();
    private int _generation = 1;

    public RedirectTests()
    {
        _server.Files["real"] = new(Content, "\"one\"");
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_path_is_resolved_once_for_many_ranges(int status)
    {
        _server.Alter = (request, reply) => request.Path == "/f" ? FaultReply.Of(status, "Location", "real?signature=x%2Fy") : reply;
        await using IOrigin origin = TestOrigin.Make(_server.Url);
        for (int i = 0; i < 5; i++)
            Assert.Equal(Content[(i * 100)..((i * 100) + 100)], (await origin.ReadAsync("f", i * 100, 100)).Bytes);
        Assert.Single(_server.Requests, request => request.Path == "/f");
        Assert.Contains(_server.Requests, request => request.Path == "/real?signature=x%2Fy");
    }

    [Theory]
    [InlineData("redirect-time", "0", 302, "")]
    [InlineData("redirect-time", "60", 301, "max-age=0")]
    public async Task It_is_kept_no_longer_than_allowed(string key, string value, int status, string control)
    {
        _server.Alter = (request, reply) =>
            request.Path == "/f" ? FaultReply.Of(status, "Location", "/real").With("Cache-Control", control) : reply;
        await using IOrigin origin = TestOrigin.Make(_server.Url, null, key, value);
        await origin.FactsAsync("f");
        await origin.FactsAsync("f");
        Assert.Equal(2, _server.Requests.Count(request => request.Path == "/f"));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task A_target_that_has_expired_is_resolved_again(int status)
    {
        _server.Alter = (request, reply) => request.Path == "/f" ? FaultReply.Of(302, "Location", $"/real?{_generation}")
            : request.Path == $"/real?{_generation}" ? reply : FaultReply.Of(status);
        await using IOrigin origin = TestOrigin.Make(_server.Url);
        Assert.Equal(Content[..10], (await origin.ReadAsync("f", 0, 10)).Bytes);
        _generation = 2;
        Assert.Equal(Content[10..20], (await origin.ReadAsync("f", 10, 10)).Bytes);
    }

    [Fact]
    public async Task A_circle_is_ELOOP()
    {
        _server.Alter = (request, _) => FaultReply.Of(302, "Location", request.Path == "/f" ? "/g" : "/f");
        await using IOrigin origin = TestOrigin.Make(_server.Url);
        Assert.Equal(Errno.ELOOP, (await origin.FactsAsync("f")).Errno);
        Assert.Equal(Errno.ELOOP, (await origin.ListAsync("")).Errno);
    }

    [Theory]
    [InlineData("file:///etc/passwd", Errno.EACCES)]
    [InlineData("ftp://host/x", Errno.EACCES)]
    [InlineData("http://user:word@127.0.0.1/", Errno.EACCES)]
    [InlineData("", Errno.EIO)]
    [InlineData("http://", Errno.EIO)]
    public async Task A_target_that_is_no_place_on_the_web_is_refused(string location, Errno expected)
    {
        _server.Alter = (_, _) => FaultReply.Of(302, "Location", location);
        await using IOrigin origin = TestOrigin.Make(_server.Url);
        Assert.Equal(expected, (await origin.FactsAsync("f")).Errno);
    }

    [Fact]
    public async Task What_follows_the_path_of_a_target_is_in_no_log()
    {
        var log = new TextLogger();
        _server.Alter = (request, _) => request.Path == "/f" ? FaultReply.Of(302, "Location", "/real?signature=hidden") : FaultReply.Of(500);
        await using IOrigin origin = TestOrigin.Make(_server.Url, log);
        await origin.FactsAsync("f");
        Assert.Contains("/real", log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", log.Text, StringComparison.Ordinal);
    }
}
