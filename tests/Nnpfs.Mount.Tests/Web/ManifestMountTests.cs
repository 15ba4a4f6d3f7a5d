using System.Text;
using Nnpfs.Posix;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Mount.Tests.Web;

/// <summary>A manifest that changes at its server.</summary>
public sealed class ManifestMountTests : IAsyncLifetime
{
    private readonly FaultServer _server = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Claim("S15")]
    [MountFact]
    public async Task After_an_invalidation_the_manifest_is_asked_for_however_long_it_was_said_to_be_good()
    {
        _server.Alter = (request, reply) => request.Path == "/MANIFEST" ? reply.With("Cache-Control", "max-age=3600") : reply;
        Serve(1, 100_000);
        await using TestMount mount = await TestMount.StartAsync(new() { Origin = _server.Url, VolumeSettings = "manifest = MANIFEST" });
        Assert.Equal(Pattern.Bytes(100_000), await mount.ReadFileAsync("f"));
        Serve(2, 50_000);

        Assert.Equal(100_000, (await mount.StatAsync("f")).Value.st_size);
        await mount.InvalidateAsync(recursive: true);
        Assert.Equal(Pattern.Bytes(50_000), await mount.ReadFileAsync("f"));
    }

    private void Serve(int version, int size)
    {
        _server.Files["f"] = new(Pattern.Bytes(size), $"\"{version}\"");
        _server.Files["MANIFEST"] = new(Encoding.UTF8.GetBytes($$"""{"path":"f","size":{{size}},"mtime":{{version}}}"""), $"\"{version}\"");
    }
}
