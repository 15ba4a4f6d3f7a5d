using System.Text;
using Nnpfs.Origins;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.Origins;
using Nnpfs.TestKit.Servers;

namespace Nnpfs.Unit.Tests.Http;

/// <summary>The HTTP origin over the servers that people run.</summary>
public sealed class WebServerTests
{
    // Every character that some server, URL or HTML parser could take for something else.
    private static readonly string[] OddNames =
        ["a b", "q?x=1", "hash#1", "50%", "%41", "amp&lt;", "quote\"'", "co:lon", "plus+", "ünï", "<tag>", "back\\slash", "semi;colon", "~t", "x...", "[x]{y}"];

    [ProgramFact("nginx")]
    public Task Nginx_serves_a_tree_by_HTML_listings() => ServesATreeAsync(() => Nginx.StartAsync());

    [ProgramFact("nginx")]
    public Task Nginx_serves_a_tree_by_JSON_listings() => ServesATreeAsync(() => Nginx.StartAsync(json: true));

    [ProgramFact("apache2")]
    public Task Apache_serves_a_tree_by_tables() => ServesATreeAsync(() => Apache.StartAsync());

    [ProgramFact("apache2")]
    public Task Apache_serves_a_tree_by_preformatted_lists() => ServesATreeAsync(() => Apache.StartAsync("FancyIndexing"));

    [ProgramFact("apache2")]
    public Task Apache_serves_a_tree_by_plain_lists() => ServesATreeAsync(() => Apache.StartAsync("None"));

    [ProgramFact("/usr/bin/python3")]
    public Task Python_serves_a_tree() => ServesATreeAsync(PythonServer.StartAsync);

    [ProgramFact("nginx")]
    public async Task JSON_listings_give_facts_with_the_validators_of_the_files_themselves()
    {
        using WebServer server = await Nginx.StartAsync(json: true);
        server.Write("a", Pattern.Bytes(100));
        server.Write("b", Pattern.Bytes(300_000));
        await using IOrigin origin = TestOrigin.Make(server.Url);

        foreach (OriginEntry entry in (await origin.ListAsync("")).Value.Entries)
        {
            OriginFacts told = (await origin.FactsAsync(Encoding.UTF8.GetString(entry.Name.Span))).Value;
            Assert.Equal(told with { FreshFor = null }, entry.Facts);
        }
    }

    [ProgramFact("/usr/bin/python3")]
    public async Task A_server_without_ranges_is_known_as_one_before_the_first_read()
    {
        using WebServer server = await PythonServer.StartAsync();
        server.Write("f", Pattern.Bytes(300_000));
        await using IOrigin origin = TestOrigin.Make(server.Url);

        Assert.True((await origin.FactsAsync("f")).Value.Streamed);
    }

    private static async Task ServesATreeAsync(Func<Task<WebServer>> start)
    {
        using WebServer server = await start();
        byte[] bytes = Pattern.Bytes(1_000_003);
        server.Write("dir/sub/file.bin", bytes);
        server.Write("dir/empty", []);
        foreach (string name in OddNames)
            server.Write("odd/" + name, Encoding.UTF8.GetBytes(name));
        await using IOrigin origin = TestOrigin.Make(server.Url);

        await ListsAsync(origin, "", "dir/", "odd/");
        await ListsAsync(origin, "dir", "sub/", "empty");
        await ListsAsync(origin, "odd", OddNames);
        await ReadsAsync(origin, bytes);
        await AnswersErrorsAsync(origin);
        foreach (string name in OddNames)
            Assert.Equal(Encoding.UTF8.GetBytes(name), (await origin.ReadAsync("odd/" + name, 0, 100)).Bytes);
    }

    private static async Task ListsAsync(IOrigin origin, string directory, params string[] expected)
    {
        Result<OriginListing> listing = await origin.ListAsync(directory);
        Assert.True(listing.IsOk, listing.ToString());
        IEnumerable<string> names = listing.Value.Entries.Select(
            entry => Encoding.UTF8.GetString(entry.Name.Span) + (entry.Kind == OriginKind.Directory ? "/" : ""));
        Assert.Equal(expected.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    private static async Task ReadsAsync(IOrigin origin, byte[] bytes)
    {
        OriginFacts facts = (await origin.FactsAsync("dir/sub/file.bin")).Value;
        Assert.Equal((OriginKind.File, bytes.Length), (facts.Kind, facts.Size));
        Assert.InRange(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - (facts.MtimeNs / 1_000_000_000), 3599, 3700);
        OriginFacts again = (await origin.RefreshAsync(OriginPath.Of("dir/sub/file.bin"), facts, CancellationToken.None)).Value;
        Assert.Equal(facts.Validator, again.Validator);
        Assert.Equal(facts.Size, again.Size);

        foreach ((int offset, int length) in ((int, int)[])[(0, 1_000_003), (0, 1), (65536, 65536), (1_000_000, 3), (999_999, 1000)])
        {
            (Errno errno, byte[] read) = await origin.ReadAsync("dir/sub/file.bin", offset, length, facts.Validator);
            Assert.Equal((Errno)0, errno);
            Assert.Equal(bytes[offset..Math.Min(offset + length, bytes.Length)], read);
        }
        Assert.Equal(((Errno)0, 0), Count(await origin.ReadAsync("dir/sub/file.bin", 1_000_003, 10, facts.Validator)));
        Assert.Equal(((Errno)0, 0), Count(await origin.ReadAsync("dir/empty", 0, 10)));
        Assert.Equal(Errno.ESTALE, (await origin.ReadAsync("dir/sub/file.bin", 5, 10, new("M 1000 77", false))).Errno);
    }

    private static async Task AnswersErrorsAsync(IOrigin origin)
    {
        Assert.Equal(OriginKind.Directory, (await origin.FactsAsync("dir")).Value.Kind);
        Assert.Equal(OriginKind.Directory, (await origin.FactsAsync("")).Value.Kind);
        Assert.Equal(Errno.ENOENT, (await origin.FactsAsync("none")).Errno);
        Assert.Equal(Errno.ENOENT, (await origin.ListAsync("none")).Errno);
        Assert.Equal(Errno.ENOTDIR, (await origin.ListAsync("dir/empty")).Errno);
        Assert.Equal(Errno.ENOENT, (await origin.ReadAsync("none", 0, 10)).Errno);
    }

    private static (Errno Errno, int Count) Count((Errno Errno, byte[] Bytes) read) => (read.Errno, read.Bytes.Length);
}
