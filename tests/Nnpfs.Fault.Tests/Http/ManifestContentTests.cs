using System.Security.Cryptography;
using System.Text;
using Nnpfs.Origins;
using Nnpfs.TestKit;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>A server whose content is not what the manifest says of it.</summary>
public sealed class ManifestContentTests : IAsyncLifetime
{
    private readonly FaultServer _server = new();
    private readonly TextLogger _log = new();
    private readonly ManualTime _time = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData(999)]
    [InlineData(1001)]
    public async Task A_file_of_another_size_than_the_manifest_says_is_EIO(int size)
    {
        Serve("""{"path":"f","size":1000,"mtime":1}""", Pattern.Bytes(size));
        await using IOrigin origin = Make();
        Assert.Equal(Errno.EIO, (await origin.ReadAsync("f", 0, 1000)).Errno);
        Assert.Equal(Errno.EIO, (await origin.ReadAsync("f", 10, 10)).Errno);
        Assert.Contains($"{size} bytes, and the manifest says 1000", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_small_file_with_another_digest_is_EIO_before_a_byte_of_it_is_used()
    {
        byte[] right = Pattern.Bytes(1000), wrong = Pattern.Bytes(1000);
        wrong[999] ^= 1;
        Serve(Line(right), wrong);
        await using IOrigin origin = Make();
        (Errno errno, byte[] bytes) = await origin.ReadAsync("f", 0, 1000);
        Assert.Equal((Errno.EIO, 0), (errno, bytes.Length));

        _server.Files["f"] = new(right, "\"right\"");
        Assert.Equal(right, (await origin.ReadAsync("f", 0, 1000)).Bytes);
        Assert.Equal(right[100..200], (await origin.ReadAsync("f", 100, 100)).Bytes);
        Assert.True((await origin.FactsAsync("f")).Value.Streamed);
    }

    [Fact]
    public async Task A_manifest_that_changed_is_noticed_after_its_time_or_when_it_is_doubted_or_when_the_content_does_not_fit()
    {
        Serve("""{"path":"f","size":1000,"mtime":1}""", Pattern.Bytes(1000));
        await using IOrigin origin = Make();
        OriginValidator first = (await origin.FactsAsync("f")).Value.Validator;
        Serve("""{"path":"f","size":2000,"mtime":2}""", Pattern.Bytes(2000));
        Assert.Equal(1000, (await origin.FactsAsync("f")).Value.Size);
        Assert.Equal(Errno.EIO, (await origin.ReadAsync("f", 0, 1000, first)).Errno); // which makes it look
        Assert.Equal(Errno.ESTALE, (await origin.ReadAsync("f", 0, 1000, first)).Errno);
        Assert.Equal(Pattern.Bytes(2000), (await origin.ReadAsync("f", 0, 2000)).Bytes);

        Serve("""{"path":"f","size":3000,"mtime":3}""", Pattern.Bytes(3000));
        Assert.Equal(2000, (await origin.FactsAsync("f")).Value.Size);
        _time.Step(TimeSpan.FromSeconds(6));
        Assert.Equal(3000, (await origin.FactsAsync("f")).Value.Size);

        Serve("""{"path":"f","size":4000,"mtime":4}""", Pattern.Bytes(4000));
        origin.Doubt();
        Assert.Equal(4000, (await origin.FactsAsync("f")).Value.Size);
        Assert.Equal(4, _server.Requests.Count(request => request.Path == "/MANIFEST"));
    }

    [Fact]
    public async Task A_manifest_that_is_doubted_and_cannot_be_had_is_not_answered_from_memory()
    {
        Serve("""{"path":"f","size":1000,"mtime":1}""", Pattern.Bytes(1000));
        await using IOrigin origin = Make();
        Assert.True((await origin.FactsAsync("f")).IsOk);
        _server.Alter = (_, _) => FaultReply.Of(500);
        _time.Step(TimeSpan.FromSeconds(6));
        Assert.True((await origin.FactsAsync("f")).IsOk);
        origin.Doubt();
        Assert.Equal(Errno.EIO, (await origin.FactsAsync("f")).Errno);
    }

    private IOrigin Make() => OriginTable.Make(new OriginSource(
        _server.Url, new Dictionary<string, string> { ["manifest"] = "MANIFEST" }, _log, _time)).Origin!;

    private static string Line(byte[] content) =>
        $$"""{"path":"f","size":{{content.Length}},"digest":"sha256:{{Convert.ToHexStringLower(SHA256.HashData(content))}}"}""";

    private void Serve(string manifest, byte[] content)
    {
        _server.Files["f"] = new(content, $"\"{content.Length}\"");
        _server.Files["MANIFEST"] = new(Encoding.UTF8.GetBytes(manifest), $"\"{manifest.GetHashCode(StringComparison.Ordinal):x}\"");
    }
}
