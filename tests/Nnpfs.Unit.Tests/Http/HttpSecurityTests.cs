using System.Text;
using Microsoft.Extensions.Logging;
using Nnpfs.Origins;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Unit.Tests.Http;

/// <summary>Credentials, authorities, certificates, proxies: who is let in, and who learns what.</summary>
public sealed class HttpSecurityTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly TestAuthority _authority = new();
    private readonly TextLogger _log = new();

    public void Dispose()
    {
        _scratch.Dispose();
        _authority.Dispose();
    }

    [ProgramFact("nginx")]
    public async Task Basic_credentials_come_from_a_file()
    {
        using WebServer server = await Nginx.StartAsync(server: "auth_basic x; auth_basic_user_file {folder}/users;");
        File.WriteAllText(Path.Combine(server.Folder, "users"), "me:{PLAIN}secret word\n");
        server.Write("f", Pattern.Bytes(10));
        await using IOrigin without = TestOrigin.Make(server.Url);
        await using IOrigin with = TestOrigin.Make(server.Url, _log, "user-file", Secret("me:secret word\n"));
        await using IOrigin wrong = TestOrigin.Make(server.Url, _log, "user-file", Secret("me:other"));

        Assert.Equal(Errno.EACCES, (await without.FactsAsync("f")).Errno);
        Assert.Equal(Errno.EACCES, (await without.FactsAsync("")).Errno);
        Assert.Equal(Errno.EACCES, (await wrong.FactsAsync("f")).Errno);
        Assert.Equal(Pattern.Bytes(10), (await with.ReadAsync("f", 0, 10)).Bytes);
    }

    [ProgramFact("nginx")]
    public async Task TLS_is_trusted_by_the_authority_that_is_given_and_by_no_other()
    {
        using WebServer server = await Nginx.StartAsync(tls: _authority);
        server.Write("f", Pattern.Bytes(1_000_000));
        using var other = new TestAuthority("another");
        other.Write(_scratch, "x");
        await using IOrigin trusts = TestOrigin.Make(server.Url, _log, "ca-file", Path.Combine(server.Folder, "ca.crt"));
        await using IOrigin distrusts = TestOrigin.Make(server.Url, _log, "ca-file", _scratch.Path("ca.crt"));
        await using IOrigin system = TestOrigin.Make(server.Url, _log);

        Assert.Equal(Pattern.Bytes(1_000_000), (await trusts.ReadAsync("f", 0, 1_000_000)).Bytes);
        await server.HasLoggedAsync("HTTP/2.0");
        Assert.Equal(Errno.EPROTO, (await distrusts.FactsAsync("f")).Errno);
        Assert.Equal(Errno.EPROTO, (await system.FactsAsync("f")).Errno);
        Assert.Contains("certificate", _log.Text, StringComparison.OrdinalIgnoreCase);
    }

    [ProgramFact("nginx")]
    public async Task A_client_certificate_lets_us_in()
    {
        using WebServer server = await Nginx.StartAsync(
            tls: _authority, server: "ssl_client_certificate {folder}/ca.crt; ssl_verify_client on;");
        server.Write("f", Pattern.Bytes(10));
        string certificate = _authority.Write(_scratch, "client");
        string authority = Path.Combine(server.Folder, "ca.crt");
        await using IOrigin with = TestOrigin.Make(
            server.Url, _log, "ca-file", authority, "client-cert", certificate, "client-key", _scratch.Path("client.key"));
        await using IOrigin without = TestOrigin.Make(server.Url, _log, "ca-file", authority);

        Assert.Equal(Pattern.Bytes(10), (await with.ReadAsync("f", 0, 10)).Bytes);
        Assert.False((await without.FactsAsync("f")).IsOk);
    }

    [Fact]
    public async Task Bearer_tokens_and_header_files_are_sent_with_every_request_and_stand_in_no_log()
    {
        await using var server = new FaultServer();
        server.Files["f"] = new(Pattern.Bytes(10), "\"1\"");
        await using IOrigin origin = TestOrigin.Make(
            server.Url, _log, "bearer-file", Secret("top-secret\n"), "header-file", Secret("X-Key: hidden value\n\nX-Other: 2\n"));
        server.Alter = (request, reply) => request.Path == "/g" ? FaultReply.Of(500) : reply;

        await origin.ReadAsync("f", 0, 10);
        await origin.FactsAsync("g");

        Assert.All(server.Requests, request => Assert.Equal("Bearer top-secret", request["Authorization"]));
        Assert.All(server.Requests, request => Assert.Equal("hidden value", request["X-Key"]));
        Assert.NotEmpty(_log.Text);
        Assert.DoesNotContain("secret", _log.Text + origin + origin.Info, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", _log.Text + origin + origin.Info, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_host_gets_no_credentials_after_a_redirect()
    {
        await using var elsewhere = new FaultServer();
        await using var server = new FaultServer();
        elsewhere.Files["f"] = new(Pattern.Bytes(10), "\"1\"");
        server.Alter = (_, _) => FaultReply.Of(302, "Location", elsewhere.Url + "f?signature=abc");
        await using IOrigin origin = TestOrigin.Make(server.Url, _log, "user-file", Secret("me:word"), "header-file", Secret("X-Key: k"));

        Assert.Equal(Pattern.Bytes(10), (await origin.ReadAsync("f", 0, 10)).Bytes);

        Assert.All(server.Requests, request => Assert.StartsWith("Basic ", request["Authorization"], StringComparison.Ordinal));
        Assert.All(elsewhere.Requests, request => Assert.Null(request["Authorization"] ?? request["X-Key"]));
    }

    [ProgramFact("nginx")]
    public async Task Another_server_gets_no_client_certificate_after_a_redirect()
    {
        const string Wants = "ssl_client_certificate {folder}/ca.crt; ssl_verify_client on;";
        using WebServer elsewhere = await Nginx.StartAsync(tls: _authority, server: Wants);
        using WebServer server = await Nginx.StartAsync(tls: _authority, server: $"{Wants} location / {{ return 302 {elsewhere.Url}f; }}");
        elsewhere.Write("f", Pattern.Bytes(10));
        string[] options = ["ca-file", Path.Combine(server.Folder, "ca.crt"), "client-cert", _authority.Write(_scratch, "client"), "client-key", _scratch.Path("client.key")];
        await using IOrigin direct = TestOrigin.Make(elsewhere.Url, _log, options);
        await using IOrigin redirected = TestOrigin.Make(server.Url, _log, options);

        Assert.Equal(Pattern.Bytes(10), (await direct.ReadAsync("f", 0, 10)).Bytes);
        Assert.Equal(Errno.EIO, (await redirected.FactsAsync("f")).Errno); // 400: no certificate was sent
        await server.HasLoggedAsync(" 302 ");
        await elsewhere.HasLoggedAsync(" 400 ");
    }

    [Fact]
    public async Task Credentials_that_were_changed_are_used_from_the_next_request_on_and_nonsense_replaces_nothing()
    {
        await using var server = new FaultServer();
        server.Files["f"] = new(Pattern.Bytes(10), "\"1\"");
        string wanted = "Bearer one", file = Secret("one");
        server.Alter = (request, reply) => request["Authorization"] == wanted ? reply : FaultReply.Of(401);
        await using IOrigin origin = TestOrigin.Make(server.Url, _log, "bearer-file", file);
        Assert.True((await origin.FactsAsync("f")).IsOk);

        wanted = "Bearer three";
        Assert.Equal(Errno.EACCES, (await origin.FactsAsync("f")).Errno);
        File.WriteAllText(file, "three");
        Assert.True((await origin.FactsAsync("f")).IsOk);
        File.WriteAllText(file, "two secret words");
        Assert.True((await origin.FactsAsync("f")).IsOk);
        File.Delete(file);
        Assert.True((await origin.FactsAsync("f")).IsOk);

        Assert.Contains("bearer-file", _log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _log.Text, StringComparison.Ordinal);
    }

    [ProgramFact("nginx")]
    public async Task A_redirect_from_TLS_to_plain_text_is_refused_unless_allowed_and_then_gets_no_credentials()
    {
        await using var plain = new FaultServer();
        plain.Files["f"] = new(Pattern.Bytes(10), "\"1\"");
        using WebServer server = await Nginx.StartAsync(tls: _authority, server: $"location / {{ return 302 {plain.Url}f; }}");
        string[] common = ["ca-file", Path.Combine(server.Folder, "ca.crt"), "user-file", Secret("me:word")];
        await using IOrigin strict = TestOrigin.Make(server.Url, _log, common);
        await using IOrigin lax = TestOrigin.Make(server.Url, _log, [.. common, "insecure-redirects", "yes"]);

        Assert.Equal(Errno.EACCES, (await strict.FactsAsync("f")).Errno);
        Assert.Empty(plain.Requests);
        Assert.Equal(Pattern.Bytes(10), (await lax.ReadAsync("f", 0, 10)).Bytes);
        Assert.All(plain.Requests, request => Assert.Null(request["Authorization"]));
    }

    [ProgramFact("nginx")]
    public async Task A_rate_limit_of_a_real_server_is_EBUSY()
    {
        using WebServer server = await Nginx.StartAsync(
            http: "limit_req_zone $binary_remote_addr zone=z:64k rate=1r/m; limit_req_status 429;", server: "limit_req zone=z;");
        server.Write("f", Pattern.Bytes(10));
        await using IOrigin origin = TestOrigin.Make(server.Url, _log);

        Assert.True((await origin.FactsAsync("f")).IsOk);
        Assert.Equal(Errno.EBUSY, (await origin.FactsAsync("f")).Errno);
    }

    [Fact]
    public async Task A_proxy_is_asked_instead_of_the_host()
    {
        await using var proxy = new FaultServer();
        proxy.Alter = (request, reply) => FaultReply.Of(200, "X-Seen", request.Path).With("ETag", "\"1\"").With("Accept-Ranges", "bytes");
        await using IOrigin origin = TestOrigin.Make("http://nowhere.invalid/tree", _log, "proxy", proxy.Url);

        Assert.True((await origin.FactsAsync("f")).IsOk);
        Assert.Equal("http://nowhere.invalid/tree/f", proxy.Requests[0].Path);
    }

    [Theory]
    [InlineData("http://user:word@host/", "origin", "user-file")]
    [InlineData("http://host/?q", "origin", "query")]
    [InlineData("http://", "origin", "URL")]
    public void A_URL_that_cannot_be_an_origin_says_why(string url, string key, string hint)
    {
        OriginProblem? problem = TestOrigin.TryMake(url).Problem;
        Assert.Equal(key, problem?.Key);
        Assert.Contains(hint, problem!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("word", problem.Message.Replace("password", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timeout", "0")]
    [InlineData("timeout", "soon")]
    [InlineData("connections", "1000")]
    [InlineData("insecure-redirects", "maybe")]
    [InlineData("file-mode", "0999")]
    [InlineData("uid", "-1")]
    [InlineData("proxy", "ftp://x")]
    [InlineData("ca-file", "/nonexistent")]
    [InlineData("client-cert", "/nonexistent")]
    [InlineData("user-file", "/nonexistent")]
    [InlineData("no-such-key", "1")]
    public void A_bad_option_is_named(string key, string value) =>
        Assert.Equal(key, TestOrigin.TryMake("http://host/", null, key, value).Problem?.Key);

    [Theory]
    [InlineData("user-file", "nocolon")]
    [InlineData("bearer-file", "two words")]
    [InlineData("header-file", "Range: bytes=0-1")]
    [InlineData("header-file", "not a header")]
    public void A_credential_file_of_the_wrong_form_is_refused_without_being_quoted(string key, string content)
    {
        OriginProblem? problem = TestOrigin.TryMake("http://host/", null, key, Secret(content)).Problem;
        Assert.Equal(key, problem?.Key);
        Assert.DoesNotContain(content, problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_setting_has_a_help_text_and_a_default_that_is_accepted()
    {
        OriginType type = OriginTable.Find("https://host/")!;
        Assert.All(type.Settings, setting => Assert.NotEmpty(setting.Help));
        string[] options = [.. type.Settings.SelectMany(setting => new[] { setting.Key, setting.Default })];
        Assert.Null(TestOrigin.TryMake("https://host/", null, options).Problem);
    }

    private string Secret(string content)
    {
        string path = _scratch.Path(Guid.NewGuid().ToString("N"));
        File.WriteAllText(path, content, new UTF8Encoding(false));
        return path;
    }
}
