using System.Globalization;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Reading;

/// <summary>What is asked of the origin, and how often.</summary>
public sealed class PagesTests : IAsyncLifetime
{
    private const int Page = 64 << 10; // of the default block of 4 MiB
    private static readonly byte[] Content = Pattern.Bytes(16 << 20);
    private readonly FaultServer _server = new();

    public PagesTests() => _server.Files["file"] = new(Content, "\"one\"");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Claim("S5")]
    [MountFact]
    public async Task A_random_small_read_fetches_one_page()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = _server.Url });
        await mount.StatAsync("file");
        var pages = new HashSet<long>();
        foreach (int at in new[] { 9_000_001, 3_333_333, 16_000_000, 5_000_000, 12_345_678 })
        {
            Assert.Equal(Content[at..(at + 4096)], (await mount.TryReadAsync("file", at, 4096)).Value);
            pages.UnionWith([at / Page, (at + 4095) / Page]);
        }

        Assert.Equal(pages.Count * (long)Page, Fetched().Sum(range => range.Length));
    }

    [Claim("S5")]
    [MountFact]
    public async Task A_small_read_is_answered_when_its_page_is_there()
    {
        // Whatever lies behind the first page of a request never comes.
        _server.Alter = (request, reply) => request["Range"] is null ? reply : reply with { StallAfter = Page };
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = _server.Url });

        Assert.Equal(Content[..4096], (await mount.TryReadAsync("file", 0, 4096, TimeSpan.FromSeconds(15))).Value);
    }

    [Claim("S6")]
    [MountFact]
    public async Task Many_readers_of_one_page_cause_one_fetch()
    {
        using var gate = new ManualResetEventSlim();
        _server.Alter = (request, reply) =>
        {
            if (request["Range"] is not null)
                gate.Wait(Patience.Limit);
            return reply;
        };
        await using TestMount first = await TestMount.StartAsync(new() { Origin = _server.Url });
        await using TestMount second = await TestMount.StartAsync(first.Arlad, name: "second");
        const int at = 7_000_000;

        Task<Result<byte[]>>[] readers = [.. Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? first : second).TryReadAsync("file", at + (i * 64), 64))];
        await Patience.UntilAsync(() => _server.Requests.Any(request => request["Range"] is not null), "the fetch");
        await Task.Delay(300); // for those that would be second
        gate.Set();

        foreach ((Task<Result<byte[]>> reader, int i) in readers.Select((reader, i) => (reader, i)))
            Assert.Equal(Content[(at + (i * 64))..(at + (i * 64) + 64)], (await reader).Value);
        Assert.All(Fetched().GroupBy(range => range.Start / Page), page => Assert.Single(page));
    }

    [Claim("S6")]
    [MountFact]
    public async Task A_file_read_whole_by_several_at_once_is_fetched_once()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = _server.Url });

        byte[][] read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => mount.ReadFileAsync("file")));

        Assert.All(read, bytes => Assert.Equal(Content, bytes));
        Assert.Equal(Content.Length, Fetched().Sum(range => range.Length));
    }

    [MountFact]
    public async Task An_only_connection_is_not_idle_between_the_windows_of_a_sequential_reader()
    {
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = _server.Url, VolumeSettings = "connections = 1" });

        Assert.Equal(Content, await mount.ReadFileAsync("file"));
        Assert.InRange(Fetched().Count(), 1, 6); // one request goes on with the reader; a window each would be ten
    }

    /// <summary>Of the ranges that were asked for.</summary>
    private IEnumerable<(long Start, long Length)> Fetched() =>
        from request in _server.Requests
        where request.Method == "GET" && request["Range"] is not null
        let ends = request["Range"]!["bytes=".Length..].Split('-').Select(end => long.Parse(end, CultureInfo.InvariantCulture)).ToArray()
        select (ends[0], Math.Min(ends[1] + 1, Content.Length) - ends[0]);
}
