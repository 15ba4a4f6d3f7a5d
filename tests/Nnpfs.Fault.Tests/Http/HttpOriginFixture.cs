using Nnpfs.Origins;
using Nnpfs.TestKit.FaultServers;
using Nnpfs.TestKit.Origins;

namespace Nnpfs.Fault.Tests.Http;

/// <summary>An HTTP origin over a server that does what a test says, with one file, "f".</summary>
public abstract class HttpOriginFixture : IAsyncLifetime
{
    private protected const int Size = 200_000;

    protected HttpOriginFixture()
    {
        Server.Files["f"] = new(Content, "\"one\"", DateTimeOffset.UtcNow.AddHours(-1));
        Origin = TestOrigin.Make(Server.Url, Log, "timeout", "1");
    }

    private protected static byte[] Content { get; } = Pattern.Bytes(Size);

    private protected FaultServer Server { get; } = new();

    private protected TextLogger Log { get; } = new();

    private protected IOrigin Origin { get; }

    private protected OriginValidator Version { get; } = new("\"one\"", IsStrong: true);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await Origin.DisposeAsync();
        await Server.DisposeAsync();
    }
}
