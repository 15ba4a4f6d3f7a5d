using System.Text;
using Nnpfs.Origins;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>A manifest instead of listings.</summary>
public sealed class ManifestTests : IAsyncLifetime
{
    private static readonly string Digest = "sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Pattern.Bytes(1000)));
    private readonly FaultServer _server = new();
    private readonly TextLogger _log = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_manifest_makes_the_tree_and_the_server_gives_the_bytes()
    {
        Serve($$"""
            {"nnpfs-manifest": 1}
            {"path":"a/b/one","size":1000,"mtime":1700000000.5,"digest":"{{Digest}}"}

            {"path":"./two","size":3,"mtime":"2023-11-14T22:13:20Z","unknown":[1,{}]}
            {"path":"empty/"}
            """);
        _server.Files["a/b/one"] = new(Pattern.Bytes(1000), "\"x\"");
        await using IOrigin origin = TestOrigin.Make(_server.Url, _log, "manifest", "MANIFEST");

        Assert.Equal(["a", "empty", "two"], (await origin.ListAsync("")).Value.Entries.Select(entry => Encoding.UTF8.GetString(entry.Name.Span)).Order());
        Assert.Empty((await origin.ListAsync("empty")).Value.Entries);
        OriginFacts one = (await origin.FactsAsync("a/b/one")).Value;
        Assert.Equal((1000L, 1_700_000_000_500_000_000L, new OriginValidator(Digest, true)), (one.Size, one.MtimeNs, one.Validator));
        Assert.Equal(one, Assert.Single((await origin.ListAsync("a/b")).Value.Entries).Facts);
        Assert.Equal(1_700_000_000_000_000_000L, (await origin.FactsAsync("two")).Value.MtimeNs);
        Assert.Equal(Pattern.Bytes(1000)[10..20], (await origin.ReadAsync("a/b/one", 10, 10)).Bytes);
        Assert.Equal(Errno.ENOENT, (await origin.FactsAsync("a/none")).Errno);
        Assert.Equal(Errno.ENOTDIR, (await origin.FactsAsync("two/x")).Errno);
        Assert.Equal(Errno.ENOTDIR, (await origin.ListAsync("two")).Errno);
    }

    [Fact]
    public async Task A_manifest_may_be_a_local_file()
    {
        using var scratch = new Scratch();
        File.WriteAllText(scratch.Path("m"), """{"path":"f","size":5}""");
        await using IOrigin origin = TestOrigin.Make(_server.Url, _log, "manifest", scratch.Path("m"));
        Assert.Equal(5, (await origin.FactsAsync("f")).Value.Size);
    }

    [Theory]
    [InlineData("not json", "line 2")]
    [InlineData("""{"path":"../x","size":1}""", "line 2")]
    [InlineData("""{"path":"","size":1}""", "line 2")]
    [InlineData("""{"path":"x"}""", "no size")]
    [InlineData("""{"path":"x","size":-1}""", "size")]
    [InlineData("""{"path":"x","size":1,"digest":"?"}""", "digest")]
    [InlineData("""{"path":"ok","size":1}""", "before")]
    [InlineData("""{"path":"ok/x","size":1}""", "file and a directory")]
    [InlineData("""{"nnpfs-manifest": 2}""", "version")]
    public async Task A_line_that_is_not_understood_refuses_the_whole_and_is_named(string line, string hint)
    {
        Serve("{\"path\":\"ok\",\"size\":1}\n" + line);
        await using IOrigin origin = TestOrigin.Make(_server.Url, _log, "manifest", "MANIFEST");
        Assert.Equal(Errno.EIO, (await origin.ListAsync("")).Errno);
        Assert.Contains(hint, _log.Text, StringComparison.Ordinal);
    }

    private void Serve(string manifest) => _server.Files["MANIFEST"] = new(Encoding.UTF8.GetBytes(manifest), "\"m\"");
}
