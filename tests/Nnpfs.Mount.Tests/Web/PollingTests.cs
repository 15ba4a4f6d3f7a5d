using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Web;

/// <summary>How a mount learns what changed at a web server.</summary>
public sealed class PollingTests : IAsyncLifetime
{
    private static readonly byte[] First = Pattern.Bytes(500_000), Second = [.. Pattern.Bytes(400_000).Reverse()];
    private readonly FaultServer _server = new();

    public PollingTests() => _server.Files["file"] = new(First, "\"one\"");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Claim("S14")]
    [MountFact]
    public async Task An_unchanged_file_is_asked_for_once_and_keeps_its_content()
    {
        await using TestMount mount = await StartAsync("refresh = 2s");
        await mount.ReadFileAsync("file");
        int before = _server.Requests.Count;
        await Task.Delay(2500);

        Assert.Equal(First, await mount.ReadFileAsync("file"));

        FaultRequest[] later = [.. _server.Requests.Skip(before)];
        Assert.All(later, request => Assert.Null(request["Range"]));
        Assert.Single(later, request => request.Path == "/file");
        Assert.Single(later, request => request["If-None-Match"] == "\"one\"");
    }

    [Claim("S14")]
    [MountFact]
    public async Task Nothing_is_asked_before_the_time_has_come()
    {
        await using TestMount mount = await StartAsync("refresh = 60s");
        await mount.ReadFileAsync("file");
        int before = _server.Requests.Count;

        mount.DropKernelCache();
        Assert.Equal(First, await mount.ReadFileAsync("file"));

        Assert.Equal(before, _server.Requests.Count);
    }

    [Claim("S14")]
    [MountFact]
    public async Task A_changed_file_is_seen_when_the_time_has_come()
    {
        await using TestMount mount = await StartAsync("refresh = 1s");
        await mount.ReadFileAsync("file");

        _server.Files["file"] = new(Second, "\"two\"");
        _server.Files["new"] = new([1], "\"new\"");
        await Task.Delay(1200);

        Assert.Equal(Second, await mount.ReadFileAsync("file"));
        Assert.Equal(Second.Length, (await mount.StatAsync("file")).Value.st_size);
        Assert.Equal(["file", "new"], (await mount.ListAsync()).Value);
    }

    [Claim("S14")]
    [MountFact]
    public async Task What_the_server_says_of_time_goes_before_the_volume()
    {
        _server.Alter = (_, reply) => reply.With("Cache-Control", "max-age=1");
        await using TestMount mount = await StartAsync("refresh = 1000s");
        await mount.ReadFileAsync("file");

        _server.Files["file"] = new(Second, "\"two\"");
        await Task.Delay(1200);

        Assert.Equal(Second, await mount.ReadFileAsync("file"));
    }

    private Task<TestMount> StartAsync(string settings) => TestMount.StartAsync(new() { Origin = _server.Url, VolumeSettings = settings });
}
